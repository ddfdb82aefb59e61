// Links queries by the similarity of their embeddings: MinVIS, with `buffer` the online baseline of
// NOVIS (Fig. 3, "online + buffer"), and NOVIS itself, which compares the embeddings of the frames
// that two windows share. Detections, whose rows vary, want `min_similarity` and `patience`.

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/assignment.h>
#include <clipwork/error.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>

#include <algorithm>
#include <deque>

namespace {

using namespace clipwork;

struct Parameters {
  int64_t buffer = 1;
  std::string buffer_average = "raw", assignment = "hungarian";
  double min_similarity = -1;
  int64_t patience = 0;
  void describe(Describer& d) {
    d("buffer", buffer,
      "number of past windows whose embeddings are averaged before the comparison; 1: MinVIS, 0: "
      "all")
        .range(0, 100000)
        .unit("windows");
    d("buffer_average", buffer_average,
      "average the embeddings as they are, or normalised to length 1")
        .choices({"raw", "unit"});
    d("assignment", assignment,
      "assignment of rows to tracks: minimum total cost, or greedy, most similar pair first")
        .choices({"hungarian", "greedy"});
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
struct KnownTrack {
  int64_t id = 0;
  int64_t windows = 0;  ///< that had it
  int64_t missed = 0;   ///< windows since
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
    missed = 0;
  }

  Tensor mean() const {
    if (sum.defined()) return sum.div(windows).to(at::kFloat);
    if (recent.size() == 1) return recent.front();
    return at::stack(std::vector<Tensor>(recent.begin(), recent.end())).mean(0);
  }
};

struct Past : State {
  int64_t windows = 0, next_id = 0;
  std::vector<KnownTrack> live;  ///< by id
};

/// Compares what each track was last with what each row is now.
class Similarity : public Tracker {
 public:
  using Parameters = ::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"embeddings"};
    contract.state = p.buffer == 0 ? std::string("the mean embedding of each track")
                                   : cat("the last ", p.buffer, " embeddings of each track");
    return contract;
  }

  Similarity(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Past>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& past = dynamic_cast<Past&>(state);
    Tensor current = plain(compared_now(prediction)), kept = plain(compared_later(prediction));
    if (parameters_.buffer_average == "unit") kept = unit_rows(kept, "row");
    const int64_t rows = current.size(0);
    std::vector<int64_t> place_of_row(rows, -1);  // places in `live`
    if (!past.live.empty() && rows > 0) place_of_row = link(past, current);

    Tracked tracked{window.first, std::move(prediction), {}, {}};
    for (KnownTrack& track : past.live) ++track.missed;
    for (int64_t row = 0; row < rows; ++row) {
      const bool fresh = place_of_row[row] < 0;
      if (fresh) {
        place_of_row[row] = static_cast<int64_t>(past.live.size());
        past.live.push_back({past.next_id++, 0, 0, {}, {}});
      }
      KnownTrack& track = past.live[place_of_row[row]];
      track.add(kept[row], parameters_);
      tracked.links.push_back({static_cast<int>(row), track.id, fresh});
    }
    ++past.windows;
    std::erase_if(past.live, [&](const KnownTrack& track) {
      if (track.missed <= parameters_.patience) return false;
      tracked.ended.push_back(track.id);
      return true;
    });
    return tracked;
  }

 protected:
  /// Embeddings [B, R, C] that are compared with the windows before, and those that the windows
  /// after are compared with.
  virtual const Tensor& compared_now(const ClipPrediction& p) const { return p.embeddings; }
  virtual const Tensor& compared_later(const ClipPrediction& p) const { return p.embeddings; }

 private:
  static Tensor plain(const Tensor& embeddings) { return embeddings[0].detach().to(at::kFloat); }

  /// For each row the place of its track in `live`, or -1.
  std::vector<int64_t> link(const Past& past, const Tensor& current) const {
    std::vector<Tensor> means;
    std::vector<int64_t> ids;
    for (const KnownTrack& track : past.live) {
      means.push_back(track.mean());
      ids.push_back(track.id);
    }
    Tensor target = at::stack(means);
    Tensor similarity = at::mm(unit_rows(current, "row"), unit_rows(target, "track").t());
    Tensor cost = tap(similarity.t().neg().add(1), "match.", past.windows, ".cost");
    // A pair that is not linked costs the same whatever its cosine is.
    Tensor price = cost.clamp_max(1 - parameters_.min_similarity);
    if (parameters_.min_similarity == -1) price = cost;
    Assignment pairs =
        parameters_.assignment == "greedy" ? assign_greedily(price) : assign_least_cost(price);
    at::TensorOptions integers(at::kLong);
    tap_made(
        [&] { return at::tensor(ids, integers).index_select(0, at::tensor(pairs.rows, integers)); },
        "match.", past.windows, ".rows");
    tap_made([&] { return at::tensor(pairs.columns, integers); }, "match.", past.windows, ".cols");

    Tensor on_cpu = cost.cpu();
    auto value = on_cpu.accessor<float, 2>();
    std::vector<int64_t> place_of_row(current.size(0), -1);
    for (size_t i = 0; i < pairs.rows.size(); ++i) {
      // The least cosine there is links all, whatever rounding makes of it.
      double cosine = std::max(-1.0, 1.0 - value[pairs.rows[i]][pairs.columns[i]]);
      if (cosine < parameters_.min_similarity) continue;
      place_of_row[pairs.columns[i]] = pairs.rows[i];
    }
    return place_of_row;
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

CLIPWORK_PLUGIN(embedding, "0.1.0") {
  registry.add<Similarity>("embedding",
                           "links queries by the cosine of their embeddings (MinVIS), or of their "
                           "mean over past windows (NOVIS' baseline)");
  registry.add<OverlapEmbedding>(
      "overlap_embedding",
      "links queries by the embeddings of the frames that windows share (NOVIS)");
}
