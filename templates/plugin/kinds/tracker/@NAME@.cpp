// SPDX-License-Identifier: Apache-2.0
// A tracker: a row continues the track whose last mask it overlaps most.
#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <clipwork/plugin.h>
#include <clipwork/track_book.h>

using namespace clipwork;

namespace {

struct Track : LiveTrack {
  Tensor mask;  // float [H * W] of 0 and 1: the last frame of the window that had it
};

class @CLASS@ : public Tracker {
 public:
  struct Parameters {
    double min_overlap = 0.1;
    int64_t patience = 5;
    void describe(Describer& d) {
      d("min_overlap", min_overlap, "intersection over union that continues a track").range(0, 1);
      d("patience", patience, "windows that a track may miss before it ends").range(0, 1e6);
    }
  };

  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"masks"};
    contract.state = "the last mask of every track";
    return contract;
  }

  @CLASS@(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  // The data of one video. The tracker itself is shared by all videos.
  std::unique_ptr<State> make_state(int64_t) const override {
    return std::make_unique<TrackBook<Track>>();
  }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& book = dynamic_cast<TrackBook<Track>&>(state);
    const int64_t rows = prediction.rows();
    // Windows that share frames are compared in the last frame that the previous one had.
    const Tensor now = masks(prediction, std::max(window.head - 1, 0));
    const Tensor last = masks(prediction, static_cast<int>(window.length()) - 1);
    std::vector<int64_t> places(rows, -1);
    if (rows > 0 && !book.live().empty()) {
      const Tensor overlap = overlaps(book.live(), now);
      places =
          book.match(overlap.neg(), AssignmentRule::least_cost, overlap, parameters_.min_overlap);
    }
    std::vector<Link> links;
    for (int64_t row = 0; row < rows; ++row) {
      Track& track = book.see(places[row]);
      track.mask = last[row];
      links.push_back({static_cast<int>(row), track.id, places[row] < 0});
    }
    std::vector<int64_t> ended = book.end_window(parameters_.patience);
    return {window.first, std::move(prediction), std::move(links), std::move(ended)};
  }

 private:
  // Float [R, H * W] of 0 and 1.
  static Tensor masks(const ClipPrediction& prediction, int frame) {
    const Pairs all = Pairs::all(1, prediction.rows());
    return prediction.masks->bits(frame, all, At::padded).flatten(1).to(at::kFloat);
  }

  // Intersection over union [tracks, rows]; 0 where both masks are empty.
  static Tensor overlaps(const std::vector<Track>& tracks, const Tensor& rows) {
    std::vector<Tensor> known;
    for (const Track& track : tracks) known.push_back(track.mask);
    const Tensor before = at::stack(known), both = before.mm(rows.t());
    const Tensor either = before.sum(1).unsqueeze(1).add(rows.sum(1)).sub(both);
    return both.div(either.clamp_min(1));
  }

  Parameters parameters_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "links rows to the tracks whose masks they overlap");
}
