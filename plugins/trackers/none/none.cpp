// No tracking: row i is track i. For videos that are one window, and for decoders whose rows are carried from window to window.

#include <clipwork/plugin.h>
#include <clipwork/tracker.h>

namespace {

using namespace clipwork;

class None : public Tracker {
 public:
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.one_window = true;
    return contract;
  }
  None(const Parameters&, const Given&) {}

  Tracked track(ClipPrediction prediction, const Window& window, State&, Context&) override {
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    for (int row = 0; row < tracked.prediction.rows(); ++row) {
      tracked.links.push_back({row, row, window.first == 0, true});
    }
    return tracked;
  }
};

}  // namespace

CLIPWORK_PLUGIN(none, "0.1.0") {
  registry.add<None>("none", "no tracking: row i of the one window is track i");
}
