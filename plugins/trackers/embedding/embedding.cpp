// Links queries by the similarity of their embeddings: MinVIS, with `buffer` the online baseline of
// NOVIS (Fig. 3, "online + buffer"), and NOVIS itself, which compares the embeddings of the frames
// that two windows share. Detections, whose rows vary, want `min_similarity` and `patience`.

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <clipwork/error.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/track_book.h>

#include <deque>

namespace clipwork {

namespace {

struct Parameters {
  int64_t buffer = 1;
  enum class Average { raw, unit } buffer_average = Average::raw;
  AssignmentRule assignment = AssignmentRule::least_cost;
  double min_similarity = -1;
  int64_t patience = 0;
  void describe(Describer& d) {
    d("buffer", buffer,
      "number of past windows whose embeddings are averaged before the comparison; 1: MinVIS, 0: "
      "all")
        .range(0, 100000)
        .unit("windows");
    d("buffer_average", buffer_average, {{"raw", Average::raw}, {"unit", Average::unit}},
      "average the embeddings as they are, or normalised to length 1");
    d("assignment", assignment,
      {{"hungarian", AssignmentRule::least_cost}, {"greedy", AssignmentRule::greedy}},
      "assignment of rows to tracks: minimum total cost, or greedy, most similar pair first");
    d("min_similarity", min_similarity,
      "smallest cosine of a linked pair; other rows start new tracks; -1 links all")
        .range(-1, 1);
    d("patience", patience, "number of consecutive windows without a match that a track survives")
        .range(0, 100000)
        .unit("windows");
  }
};

/// Rows of [Q, C] at length 1. Throws Error for a row without direction, for which the published
/// code computes NaN.
Tensor unit_rows(const Tensor& embeddings, const char* whose) {
  Tensor lengths = at::linalg_vector_norm(embeddings, 2, 1, true);
  Tensor useless = lengths.gt(0).logical_and(lengths.isfinite()).logical_not();
  if (useless.any().item<bool>()) {
    throw Error(cat("the embedding of ", whose, " ", useless.nonzero()[0][0].item<int64_t>(),
                    " is zero or not finite and cannot be compared"),
                "", "check the weights, or link by masks (tracker 'iou')");
  }
  return embeddings.div(lengths);
}

/// A track and the embeddings of the windows that had it: the last `buffer`, or the sum of all.
struct KnownTrack : LiveTrack {
  int64_t windows = 0;  ///< that had it
  std::deque<Tensor> recent;
  Tensor sum;

  void add(const Tensor& embedding, const Parameters& p) {
    if (p.buffer == 0) {
      Tensor exact = embedding.to(at::kDouble);
      sum = sum.defined() ? sum.add(exact) : exact;
    } else {
      recent.push_back(embedding);
      if (static_cast<int64_t>(recent.size()) > p.buffer) recent.pop_front();
    }
    ++windows;
  }

  Tensor mean() const {
    if (sum.defined()) return sum.div(windows).to(at::kFloat);
    if (recent.size() == 1) return recent.front();
    return at::stack(std::vector<Tensor>(recent.begin(), recent.end())).mean(0);
  }
};

using Book = TrackBook<KnownTrack>;

/// Compares what each track was last with what each row is now.
class Similarity : public Tracker {
 public:
  using Parameters = clipwork::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"embeddings"};
    contract.state = p.buffer == 0 ? std::string("the mean embedding of each track")
                                   : cat("the last ", p.buffer, " embeddings of each track");
    return contract;
  }

  Similarity(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Book>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& book = dynamic_cast<Book&>(state);
    const Tensor &now = compared_now(prediction), &later = compared_later(prediction);
    Tensor current = plain(now), kept = later.is_same(now) ? current : plain(later);
    if (parameters_.buffer_average == Parameters::Average::unit) kept = unit_rows(kept, "row");
    const int64_t rows = current.size(0);
    std::vector<int64_t> places(rows, -1);
    if (!book.live().empty() && rows > 0) places = match(book, current);

    Tracked tracked{window.first, std::move(prediction), {}, {}};
    for (int64_t row = 0; row < rows; ++row) {
      KnownTrack& track = book.see(places[row]);
      track.add(kept[row], parameters_);
      tracked.links.push_back({static_cast<int>(row), track.id, places[row] < 0});
    }
    tracked.ended = book.end_window(parameters_.patience);
    return tracked;
  }

 protected:
  /// Embeddings [B, R, C] that are compared with the windows before, and those that the windows
  /// after are compared with.
  virtual const Tensor& compared_now(const ClipPrediction& p) const { return p.embeddings; }
  virtual const Tensor& compared_later(const ClipPrediction& p) const { return p.embeddings; }

 private:
  /// On the CPU, where the assignment is: a GPU would be waited for at every step of the few
  /// operations between.
  static Tensor plain(const Tensor& embeddings) {
    return embeddings[0].detach().to(at::TensorOptions(at::kCPU).dtype(at::kFloat));
  }

  std::vector<int64_t> match(const Book& book, const Tensor& current) const {
    std::vector<Tensor> means;
    for (const KnownTrack& track : book.live()) means.push_back(track.mean());
    Tensor target = at::stack(means);
    Tensor similarity = at::mm(unit_rows(current, "row"), unit_rows(target, "track").t());
    Tensor cost = tap(similarity.t().neg().add(1), "match.", book.window(), ".cost");
    // A pair that is not linked costs the same whatever its cosine is.
    Tensor price = cost.clamp_max(1 - parameters_.min_similarity);
    if (parameters_.min_similarity == -1) price = cost;
    // The least cosine there is links all, whatever rounding makes of it.
    Tensor cosine = cost.to(at::kDouble).neg().add(1).clamp_min(-1);
    return book.match(price, parameters_.assignment, cosine, parameters_.min_similarity);
  }

  Parameters parameters_;
};

/// If windows share no frames, the ordinary embeddings are compared (NOVIS 4.3).
class OverlapEmbedding : public Similarity {
 public:
  using Similarity::Similarity;

  static Contract contract(const Parameters& p, const Given& given) {
    Contract contract = Similarity::contract(p, given);
    contract.needs.insert(contract.needs.end(), {"embeddings.head", "embeddings.tail"});
    return contract;
  }

 protected:
  const Tensor& compared_now(const ClipPrediction& prediction) const override {
    return or_ordinary(prediction, "embeddings.head");
  }
  const Tensor& compared_later(const ClipPrediction& prediction) const override {
    return or_ordinary(prediction, "embeddings.tail");
  }

 private:
  static const Tensor& or_ordinary(const ClipPrediction& prediction, const char* name) {
    const Tensor* given = prediction.more.find(name);
    return given ? *given : prediction.embeddings;
  }
};

}  // namespace

}  // namespace clipwork

CLIPWORK_PLUGIN(embedding, "0.1.0") {
  registry.add<clipwork::Similarity>(
      "embedding",
      "links queries by the cosine of their embeddings (MinVIS), or of their mean over past "
      "windows (NOVIS' baseline)");
  registry.add<clipwork::OverlapEmbedding>(
      "overlap_embedding",
      "links queries by the embeddings of the frames that windows share (NOVIS)");
}
