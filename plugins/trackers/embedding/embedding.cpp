// Links queries by the similarity of their embeddings: MinVIS, with `buffer` the online baseline of
// NOVIS (Fig. 3, "online + buffer"), and NOVIS itself, which compares the embeddings of the frames
// that two windows share.

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/assignment.h>
#include <clipwork/error.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>

#include <deque>

namespace {

using namespace clipwork;

struct Parameters {
  int64_t buffer = 1;
  std::string buffer_average = "raw", assignment = "hungarian";
  void describe(Describer& d) {
    d("buffer", buffer,
      "past windows whose embeddings are averaged before they are compared; 1 is MinVIS, 0 takes "
      "all")
        .range(0, 100000)
        .unit("windows");
    d("buffer_average", buffer_average,
      "what is averaged: embeddings as they are, or each brought to length 1 first")
        .choices({"raw", "unit"});
    d("assignment", assignment,
      "how rows find tracks: least total cost, or the most similar pair first")
        .choices({"hungarian", "greedy"});
  }
};

/// Rows of [Q, C] at length 1. Throws Error for a row without direction, for which the published
/// code computes NaN.
Tensor unit_rows(const Tensor& embeddings, const char* whose) {
  Tensor lengths = at::linalg_vector_norm(embeddings, 2, 1, true);
  Tensor useless = lengths.gt(0).logical_and(lengths.isfinite()).logical_not();
  if (useless.any().item<bool>()) {
    throw Error(cat("the embedding of ", whose, " ", useless.nonzero()[0][0].item<int64_t>(),
                    " is zero or not finite, so its direction cannot be compared"),
                "", "check the weights, or link by masks (tracker 'iou')");
  }
  return embeddings.div(lengths);
}

/// Embeddings in track order: the last `buffer` windows', or the sum of all.
struct Past : State {
  int64_t windows = 0;
  std::deque<Tensor> recent;
  Tensor sum;

  void add(Tensor aligned, const Parameters& p) {
    if (p.buffer_average == "unit") aligned = unit_rows(aligned, "row");
    if (p.buffer == 0) {
      Tensor exact = aligned.to(at::kDouble);
      sum = sum.defined() ? sum.add(exact) : exact;
    } else {
      recent.push_back(aligned);
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

/// Compares what each track was last with what each row is now.
class Similarity : public Tracker {
 public:
  using Parameters = ::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"embeddings", "rows.fixed"};
    contract.state = p.buffer == 0 ? std::string("the mean embedding of each track")
                                   : cat("the last ", p.buffer, " embeddings of each track");
    return contract;
  }

  Similarity(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Past>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& past = dynamic_cast<Past&>(state);
    Tensor current = plain(compared_now(prediction));
    const bool first = past.windows == 0;
    std::vector<int64_t> row_of_track = first ? identity(current.size(0)) : link(past, current);
    Tensor order = at::tensor(row_of_track, at::TensorOptions(at::kLong)).to(current.device());
    past.add(plain(compared_later(prediction)).index_select(0, order), parameters_);

    Tracked tracked{window.first, std::move(prediction), {}, {}};
    tracked.links.resize(row_of_track.size());
    for (size_t track = 0; track < row_of_track.size(); ++track) {
      auto row = static_cast<int>(row_of_track[track]);
      tracked.links[row] = {row, static_cast<int64_t>(track), first};
    }
    return tracked;
  }

 protected:
  /// Embeddings [B, R, C] that are compared with the windows before, and those that the windows
  /// after are compared with.
  virtual const Tensor& compared_now(const ClipPrediction& p) const { return p.embeddings; }
  virtual const Tensor& compared_later(const ClipPrediction& p) const { return p.embeddings; }

 private:
  static Tensor plain(const Tensor& embeddings) { return embeddings[0].detach().to(at::kFloat); }

  static std::vector<int64_t> identity(int64_t count) {
    std::vector<int64_t> rows(count);
    for (int64_t i = 0; i < count; ++i) rows[i] = i;
    return rows;
  }

  /// The row that continues each track.
  std::vector<int64_t> link(const Past& past, const Tensor& current) const {
    Tensor target = past.mean();
    if (target.sizes() != current.sizes()) {
      throw Error(cat("this window has embeddings ", current.sizes(), ", the one before had ",
                      target.sizes()));
    }
    Tensor similarity = at::mm(unit_rows(current, "row"), unit_rows(target, "track").t());
    Tensor cost = tap(similarity.t().neg().add(1), "match.", past.windows, ".cost");
    Assignment pairs =
        parameters_.assignment == "greedy" ? assign_greedily(cost) : assign_least_cost(cost);
    at::TensorOptions integers(at::kLong);
    tap_made([&] { return at::tensor(pairs.rows, integers); }, "match.", past.windows, ".rows");
    tap_made([&] { return at::tensor(pairs.columns, integers); }, "match.", past.windows, ".cols");
    return pairs.columns;
  }

  Parameters parameters_;
};

/// Where windows share no frames, the ordinary embeddings are compared (NOVIS 4.3).
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

CLIPWORK_PLUGIN(embedding, "0.1.0") {
  registry.add<Similarity>("embedding",
                           "links queries by the cosine of their embeddings (MinVIS), or of their "
                           "mean over past windows (NOVIS' baseline)");
  registry.add<OverlapEmbedding>("overlap_embedding",
                                 "the same by embeddings of the frames that windows share (NOVIS)");
}
