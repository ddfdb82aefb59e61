// error: a component's `contract` returns the contract of its kind
#include <clipwork/decoder.h>
#include <clipwork/registrar.h>
#include <clipwork/tracker.h>

struct Confused : clipwork::Tracker {
  struct Parameters {
    void describe(clipwork::Describer&) {}
  };
  static clipwork::DecoderContract contract(const Parameters&, const clipwork::Given&) {
    return {};
  }
  Confused(const Parameters&, const clipwork::Given&) {}
  clipwork::Tracked track(clipwork::ClipPrediction, const clipwork::Window&, clipwork::State&,
                          clipwork::Context&) override {
    return {};
  }
};

void register_components(clipwork::Registrar& registry) {
  registry.add<Confused>("confused", "a tracker with a decoder's contract");
}
