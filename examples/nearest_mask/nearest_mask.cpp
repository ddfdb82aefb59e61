// A tracker as a separate plugin: a row continues the track whose mask had the nearest centre.
// Read it from the bottom up: registration, what the loop calls, the contract, the parameters.
#include <ATen/ops/arange.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/stack.h>
#include <clipwork/assignment.h>
#include <clipwork/plugin.h>
#include <clipwork/tracker.h>

using namespace clipwork;

struct Tracks : State {  // the data of one video; the tracker itself is shared by all videos
  std::vector<Link> links;
  Tensor centres;  // x and y of each row's mask, [R, 2]
  int64_t next = 0;
};

struct NearestMask : Tracker {
  struct Parameters {  // described once, for configs, range checks and `clipwork inspect`
    double reach = 40;
    void describe(Describer& d) {
      d("reach", reach, "how far a centre may move between frames").range(0, 1e6).unit("pixels");
    }
  } parameters;
  NearestMask(const Parameters& given, const Given&) : parameters(given) {}
  static Contract contract(const Parameters&, const Given&) {  // checked before anything is built
    Contract contract;
    contract.needs = {"masks"};
    contract.max_window = 1;
    contract.state = "centres of the last frame's masks";
    return contract;
  }
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Tracks>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& known = dynamic_cast<Tracks&>(state);
    Tensor masks = prediction.masks->bits(0, Pairs::all(1, prediction.rows()), At::padded);
    Tensor mass = masks.div(masks.sum({1, 2}, true).clamp_min(1));  // [R, H, W], sums to 1 per row
    Tensor x = at::arange(mass.size(2), mass.options());
    Tensor y = at::arange(mass.size(1), mass.options());
    Tensor centres = at::stack({mass.sum(1).mv(x), mass.sum(2).mv(y)}, 1);
    Tensor apart = at::cdist(centres, known.next ? known.centres : centres.narrow(0, 0, 0));
    Assignment pairs = assign_greedily(apart);
    std::vector<Link> links(prediction.rows());
    for (size_t i = 0; i < pairs.rows.size(); ++i) {
      int64_t row = pairs.rows[i], before = pairs.columns[i];
      if (apart[row][before].item<double>() <= parameters.reach) links[row] = known.links[before];
    }
    for (int row = 0; row < prediction.rows(); ++row) {
      bool fresh = links[row].track < 0;
      links[row] = {row, fresh ? known.next++ : links[row].track, fresh};
    }
    known.links = links;
    known.centres = centres;
    return {window.first, std::move(prediction), std::move(links), {}};
  }
};

CLIPWORK_PLUGIN(nearest_mask, "0.1.0") {
  registry.add<NearestMask>("nearest_mask", "links rows whose masks have the nearest centres");
}
