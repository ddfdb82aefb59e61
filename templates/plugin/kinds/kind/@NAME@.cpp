// SPDX-License-Identifier: Apache-2.0
// A kind of component of this plugin's own, one component of that kind, and a tracker that takes
// any.
#include "@NAME@.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <clipwork/plugin.h>
#include <clipwork/ref.h>
#include <clipwork/track_book.h>

using namespace clipwork;

namespace {

/// Intersection over union, to a power.
class MaskOverlap : public @CLASS@ {
 public:
  struct Parameters {
    double exponent = 1;
    double smooth = 1;
    void describe(Describer& d) {
      d("exponent", exponent, "the overlap is raised to this power").range(0.01, 100);
      d("smooth", smooth, "smallest union, so that empty masks are not alike")
          .range(1e-6, 1e6)
          .unit("pixels");
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  MaskOverlap(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  Tensor operator()(const Tensor& a, const Tensor& b) const override {
    const Tensor both = a.mm(b.t());
    const Tensor either = a.sum(1).unsqueeze(1).add(b.sum(1)).sub(both);
    return both.div(either.clamp_min(parameters_.smooth)).pow(parameters_.exponent);
  }

 private:
  Parameters parameters_;
};

struct Track : LiveTrack {
  Tensor mask;  // float [H * W] of 0 and 1
};

class LinkAlike : public Tracker {
 public:
  struct Parameters {
    Ref<@CLASS@> alike;
    double least = 0.1;
    void describe(Describer& d) {
      d("alike", alike, "how alike two masks are").required();
      d("least", least, "smallest value that continues a track").range(0, 1);
    }
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"masks"};
    contract.max_window = 1;
    contract.state = "the last mask of every track";
    return contract;
  }
  LinkAlike(const Parameters& parameters, const Given&)
      : alike_(parameters.alike), least_(parameters.least) {}

  std::unique_ptr<State> make_state(int64_t) const override {
    return std::make_unique<TrackBook<Track>>();
  }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& book = dynamic_cast<TrackBook<Track>&>(state);
    const int64_t rows = prediction.rows();
    const Tensor masks =
        prediction.masks->bits(0, Pairs::all(1, rows), At::padded).flatten(1).to(at::kFloat);
    std::vector<int64_t> places(rows, -1);
    if (rows > 0 && !book.live().empty()) {
      std::vector<Tensor> known;
      for (const Track& track : book.live()) known.push_back(track.mask);
      const Tensor alike = (*alike_)(at::stack(known), masks);
      places = book.match(alike.neg(), AssignmentRule::least_cost, alike, least_);
    }
    std::vector<Link> links;
    for (int64_t row = 0; row < rows; ++row) {
      Track& track = book.see(places[row]);
      track.mask = masks[row];
      links.push_back({static_cast<int>(row), track.id, places[row] < 0});
    }
    std::vector<int64_t> ended = book.end_window(0);
    return {window.first, std::move(prediction), std::move(links), std::move(ended)};
  }

 private:
  Ref<@CLASS@> alike_;
  double least_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<MaskOverlap>("@NAME@_overlap", "intersection over union");
  registry.add<LinkAlike>("@NAME@_tracker",
                          "links rows to the tracks whose masks are most alike");
}
