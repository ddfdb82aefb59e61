// Declares the kind `likeness`, and has a tracker that links by any component of it.
#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <clipwork/plugin.h>
#include <clipwork/ref.h>
#include <clipwork/track_book.h>
#include <likeness/likeness.h>

using namespace clipwork;

namespace likeness {
namespace {

/// The rows that each track had last are rows of the frame before.
struct Row : LiveTrack {
  int64_t row = 0;
};

struct Book : TrackBook<Row> {
  ClipPrediction before;
};

struct LinkByLikeness : Tracker {
  struct Parameters {
    Ref<Likeness> likeness;
    double least = 0.1;
    void describe(Describer& d) {
      d("likeness", likeness, "how rows are compared with those of the frame before");
      d("least", least, "smallest likeness of a linked pair").range(0, 1);
    }
  } parameters;
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.max_window = 1;
    contract.state = "the last frame's prediction";
    return contract;
  }
  LinkByLikeness(const Parameters& given, const Given&) : parameters(given) {}
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Book>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& book = dynamic_cast<Book&>(state);
    std::vector<int64_t> places(prediction.rows(), -1);
    if (!book.live().empty() && prediction.rows() > 0) {
      // Tracks are in the order of ids, and rows of the frame before in their own.
      const Tensor rows = parameters.likeness->compare(prediction, book.before).t();
      std::vector<Tensor> tracks;
      for (const Row& track : book.live()) tracks.push_back(rows[track.row]);
      const Tensor alike = at::stack(tracks);
      places = book.match(1 - alike, AssignmentRule::least_cost, alike.to(at::kDouble),
                          parameters.least);
    }
    Tracked tracked{window.first, prediction, {}, {}};
    for (int row = 0; row < prediction.rows(); ++row) {
      Row& track = book.see(places[row]);
      track.row = row;
      tracked.links.push_back({row, track.id, places[row] < 0});
    }
    book.before = std::move(prediction);
    tracked.ended = book.end_window(/*patience=*/0);
    return tracked;
  }
};

}  // namespace
}  // namespace likeness

CLIPWORK_PLUGIN(likeness, "0.1.0") {
  registry.add<likeness::LinkByLikeness>("by_likeness",
                                         "links rows by a component of the kind 'likeness'");
}
