// Rows to tracks by the id probabilities that a decoder predicts (IAI, "Post Processing for
// Inference"). Tracks are numbered by slots 0, 1, ... of the id channels; channel N - 1 means
// "new".
//
// Published code: `get_results` of the head. Its slots 0 to N - 3 are tracks, and what appears when
// they have run out shares slot N - 2, which is scored and remembered but never drawn.

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <clipwork/assignment.h>
#include <clipwork/error.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>

#include <algorithm>
#include <set>

namespace clipwork {

namespace {

struct Parameters {
  enum class Overflow { merge, discard } overflow = Overflow::merge;
  void describe(Describer& d) {
    d("overflow", overflow, {{"merge", Overflow::merge}, {"discard", Overflow::discard}},
      "new objects when all ids are used: they share an extra slot that is scored but never drawn "
      "(published code), or are dropped (paper)");
  }
};

struct Slots : State {
  int64_t windows = 0;
  int64_t issued = 0;
};

class IdHead : public Tracker {
 public:
  using Parameters = clipwork::Parameters;

  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"id_scores"};
    contract.state = "the number of assigned ids";
    return contract;
  }

  IdHead(const Parameters& p, const Given&) : merges_(p.overflow == Parameters::Overflow::merge) {}

  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Slots>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& slots = dynamic_cast<Slots&>(state);
    TapPrefix prefix("frame.", window.first, ".");
    const Tensor scores = prediction.more.at("id_scores")[0].detach();
    const int64_t rows = scores.size(0), ids = scores.size(1) - 1;
    if (ids < 3) throw Error(cat("id scores of ", ids, " channels leave no id for a track"));
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    std::vector<int64_t> columns(rows, ids - 1);
    if (slots.windows++ > 0 && rows > 0) columns = assign(scores, ids);
    tracked.links = issue(columns, ids, slots);
    hear(tracked.links, slots);
    return tracked;
  }

 private:
  /// The channel of each row by the largest sum of scores, no channel twice but "new".
  static std::vector<int64_t> assign(const Tensor& scores, int64_t ids) {
    const int64_t rows = scores.size(0);
    Tensor copies = scores.narrow(1, ids - 1, 1).expand({rows, rows - 1});
    std::vector<int64_t> columns = assign_least_cost(at::cat({scores, copies}, 1).neg()).columns;
    for (int64_t& column : columns) {
      if (column > ids) column = ids - 1;
    }
    tap_made([&] { return at::tensor(columns, at::TensorOptions(at::kLong)); }, "columns");
    return columns;
  }

  /// Gives rows their slots, in order. A channel whose slot was not issued before this window means
  /// a new object.
  std::vector<Link> issue(const std::vector<int64_t>& columns, int64_t ids, Slots& slots) const {
    // The published code keeps the last slot but one for all that comes later.
    const int64_t room = merges_ ? ids - 2 : ids - 1;
    const int64_t known = slots.issued;
    std::vector<Link> links;
    std::set<int64_t> given;
    for (size_t row = 0; row < columns.size(); ++row) {
      Link link{static_cast<int>(row), columns[row], columns[row] >= known, true};
      if (link.fresh || given.count(link.track)) {
        link.track = slots.issued;
        if (slots.issued < room) {
          ++slots.issued;
        } else if (merges_) {
          link.drawn = false;
        } else {
          link = {static_cast<int>(row), -1, false, true};
        }
      }
      given.insert(link.track);
      links.push_back(link);
    }
    return links;
  }

  static void hear(const std::vector<Link>& links, const Slots& slots) {
    at::TensorOptions integers(at::kLong);
    tap_made(
        [&] {
          std::vector<int64_t> ids;
          for (const Link& link : links) ids.push_back(link.track);
          return at::tensor(ids, integers);
        },
        "ids");
    tap_made([&] { return at::tensor({slots.issued}, integers); }, "count");
  }

  bool merges_;
};

}  // namespace

}  // namespace clipwork

CLIPWORK_PLUGIN(id_head, "0.1.0") {
  registry.add<clipwork::IdHead>("id_head", "links detections by predicted ids (IAI)");
}
