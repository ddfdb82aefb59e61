// The same forms as in the programs beside this one, without their faults: this compiles.
#include <clipwork/parallel.h>
#include <clipwork/plugin.h>
#include <clipwork/tracker.h>

namespace {

struct Sound : clipwork::Tracker {
  struct Parameters {
    void describe(clipwork::Describer&) {}
  };
  static Contract contract(const Parameters&, const clipwork::Given&) { return {}; }
  Sound(const Parameters&, const clipwork::Given&) {}
  clipwork::Tracked track(clipwork::ClipPrediction, const clipwork::Window&, clipwork::State&,
                          clipwork::Context&) override {
    return {};
  }
};

}  // namespace

CLIPWORK_PLUGIN(sound_2, "1.0.0") { registry.add<Sound>("sound", "does nothing"); }
