// Every row is its own track: for a video that is one window, and for queries that a decoder
// carries from window to window.

#include <clipwork/error.h>
#include <clipwork/plugin.h>
#include <clipwork/tracker.h>

namespace clipwork {

namespace {

struct Parameters {
  void describe(Describer&) {}
};

struct Rows : State {
  int64_t count = -1;  // -1: no window yet
};

class None : public Tracker {
 public:
  using Parameters = clipwork::Parameters;

  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.one_window = true;
    return contract;
  }

  None(const Parameters&, const Given&) {}

  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Rows>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& rows = dynamic_cast<Rows&>(state);
    int64_t count = prediction.rows();
    if (rows.count >= 0 && rows.count != count) {
      throw Error(cat("this window has ", count, " rows, but the previous one had ", rows.count,
                      ", so rows are not tracks"),
                  "", "use a tracker that links windows");
    }
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    for (int64_t row = 0; row < count; ++row) {
      tracked.links.push_back({static_cast<int>(row), row, rows.count < 0});
    }
    rows.count = count;
    return tracked;
  }
};

}  // namespace

}  // namespace clipwork

CLIPWORK_PLUGIN(none, "0.1.0") {
  registry.add<clipwork::None>("none",
                               "every row is a track, for single windows or propagated queries");
}
