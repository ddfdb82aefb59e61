#include "tracker.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include "memory_bank.h"

using namespace clipwork;

namespace ctvis {

/// What the bank keeps of an object.
struct Known {
  Memory memory;
  int64_t last_frame = 0;
  int64_t track = -1;  ///< -1: was dropped as noise and not seen since
  int64_t shown = 0;   ///< frames of that track
};

struct Bank : State {
  int64_t frame = 0, next_track = 0;
  std::vector<Known> known;
  /// Left the bank with so few frames that their tracks may turn out to be noise.
  std::vector<Known> gone;
};

namespace {

/// The rows that take part in matching, best score first.
struct Candidates {
  std::vector<int64_t> rows;
  std::vector<double> scores;
  Tensor embeddings;  ///< [n, C]
};

/// Of masks [n, h, w], best score first, those that no kept one before overlaps by more than
/// `most`.
std::vector<int64_t> suppress(const Tensor& masks, double most) {
  constexpr double kSmall = 1e-6;
  const Tensor flat = masks.flatten(1).to(at::kDouble), common = at::mm(flat, flat.t());
  const Tensor area = flat.sum(1);
  const Tensor either = area.unsqueeze(0) + area.unsqueeze(1) - common;
  const Tensor overlap = ((common + kSmall) / (either + kSmall)).cpu();
  const auto value = overlap.accessor<double, 2>();
  std::vector<int64_t> kept;
  for (int64_t i = 0; i < overlap.size(0); ++i) {
    bool covered = false;
    for (const int64_t better : kept) covered = covered || value[better][i] > most;
    if (!covered) kept.push_back(i);
  }
  return kept;
}

Tensor indices(const std::vector<int64_t>& values, const Tensor& like) {
  return at::tensor(values, at::kLong).to(like.device());
}

Candidates candidates_of(const ClipPrediction& prediction, const TrackerParameters& p) {
  const Tensor best =
      std::get<0>(class_probabilities(prediction.class_scores[0], prediction.form).max(1));
  auto [score, order] = at::sort(best, 0, /*descending=*/true);
  score = score.to(at::kCPU, at::kDouble);
  order = order.cpu();
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < score.size(0); ++i) {
    // The best row takes part whatever its score is.
    if (i > 0 && score[i].item<double>() <= p.select_score) break;
    rows.push_back(order[i].item<int64_t>());
  }
  Candidates candidates;
  if (rows.empty()) return candidates;
  const Tensor values = prediction.masks->values(0, Pairs::of(rows));
  const Tensor bits = values.gt(threshold(prediction.masks->form()));
  for (const int64_t place : suppress(bits, p.nms_overlap)) {
    candidates.rows.push_back(rows[place]);
    candidates.scores.push_back(score[place].item<double>());
  }
  const Tensor embeddings = prediction.embeddings[0].detach().to(at::kFloat);
  candidates.embeddings = embeddings.index_select(0, indices(candidates.rows, embeddings));
  return candidates;
}

/// For each candidate its place in the bank, or -1: the best for one after the other, in the order
/// of their scores; a place that is taken scores zero for all others.
std::vector<int64_t> match(const Candidates& candidates, const std::vector<Known>& known,
                           const TrackerParameters& p) {
  std::vector<int64_t> places(candidates.rows.size(), -1);
  if (known.empty() || places.empty()) return places;
  std::vector<Tensor> remembered;
  for (const Known& one : known) {
    const bool mean = p.compare == TrackerParameters::Compare::mean;
    remembered.push_back(mean ? one.memory.mean() : one.memory.latest());
  }
  const Tensor likeness = at::mm(candidates.embeddings, at::stack(remembered).t());
  Tensor scores = ((at::softmax(likeness, 1) + at::softmax(likeness, 0)) / 2).cpu().contiguous();
  auto score = scores.accessor<float, 2>();
  const auto count = static_cast<int64_t>(known.size());
  const auto least = static_cast<float>(p.match_score);
  for (int64_t i = 0; i < std::ssize(places); ++i) {
    int64_t fitting = 0, ages = 0;
    for (int64_t k = 0; k < count; ++k) {
      if (score[i][k] <= least) continue;
      ++fitting;
      ages += known[k].memory.frames();
    }
    // Where several fit, those that were seen more often count more.
    const bool weighs = p.weigh_age && fitting > 1;
    const float mean_age = fitting > 0 ? static_cast<float>(ages) / static_cast<float>(fitting) : 0;
    int64_t best = 0;
    float best_score = -1;
    for (int64_t k = 0; k < count; ++k) {
      float weighted = score[i][k];
      if (weighs) {
        weighted *= score[i][k] > least ? static_cast<float>(known[k].memory.frames()) : mean_age;
      }
      if (weighted <= best_score) continue;
      best = k;
      best_score = weighted;
    }
    if (best_score <= least) continue;
    places[i] = best;
    for (int64_t other = 0; other < std::ssize(places); ++other) {
      if (other != i) score[other][best] = 0;
    }
  }
  return places;
}

}  // namespace

void TrackerParameters::describe(Describer& d) {
  d("select_score", select_score, "rows above this score take part").range(0, 1);
  d("new_score", new_score, "rows above this score begin objects").range(0, 1);
  d("match_score", match_score, "rows are linked above this matching score").range(0, 1);
  d("nms_overlap", nms_overlap,
    "rows whose masks overlap that of a better row by more than this are left out")
      .range(0, 1);
  d("compare", compare, {{"mean", Compare::mean}, {"latest", Compare::latest}},
    "what rows are compared with: the similarity-guided mean of an object's embeddings, or its "
    "latest one");
  d("memory", memory, "number of embeddings of an object that a new one is compared with")
      .range(1, 100000);
  d("patience", patience, "number of frames without a row that an object stays in the bank")
      .range(0, 100000)
      .unit("frames");
  d("weigh_age", weigh_age, "where several objects fit, prefer those that were seen more often");
  d("noise_after", noise_after, "number of frames before tracks may be dropped as noise")
      .range(0, 100000)
      .unit("frames");
  d("noise_absent", noise_absent, "number of frames without a row after which a track may be noise")
      .range(1, 100000)
      .unit("frames");
  d("noise_frames", noise_frames,
    "number of rows that such a track needs to stay; 0: no track is dropped")
      .range(0, 100000);
}

MemoryTracker::Contract MemoryTracker::contract(const Parameters& p, const Given&) {
  Contract contract;
  contract.needs = {"embeddings", "masks"};
  contract.max_window = 1;
  contract.state =
      cat("the mean and the last ", p.memory, " embeddings of each object in the bank");
  return contract;
}

void MemoryTracker::bury(Bank& bank, Tracked& tracked) const {
  std::erase_if(bank.known, [&](Known& known) {
    if (bank.frame - known.last_frame <= parameters_.patience) return false;
    if (known.track >= 0) {
      tracked.ended.push_back(known.track);
      if (known.shown < parameters_.noise_frames) bank.gone.push_back(std::move(known));
    }
    return true;
  });
}

void MemoryTracker::drop_noise(Bank& bank, Tracked& tracked) const {
  if (bank.frame <= parameters_.noise_after) return;
  const auto is_noise = [&](const Known& known) {
    return known.track >= 0 && known.shown < parameters_.noise_frames &&
           bank.frame - known.last_frame >= parameters_.noise_absent;
  };
  std::erase_if(bank.gone, [&](const Known& known) {
    if (is_noise(known)) tracked.dropped.push_back(known.track);
    return is_noise(known);
  });
  for (Known& known : bank.known) {
    if (!is_noise(known)) continue;
    // The object stays in the bank, and begins another track when it is seen again.
    tracked.dropped.push_back(known.track);
    known.track = -1;
    known.shown = 0;
  }
}

std::unique_ptr<State> MemoryTracker::make_state(int64_t) const { return std::make_unique<Bank>(); }

Tracked MemoryTracker::track(ClipPrediction prediction, const Window& window, State& state,
                             Context&) {
  auto& bank = dynamic_cast<Bank&>(state);
  const Candidates candidates = candidates_of(prediction, parameters_);
  std::vector<int64_t> places = match(candidates, bank.known, parameters_);
  Tracked tracked{window.first, std::move(prediction), {}, {}};
  tracked.links.resize(tracked.prediction.rows());
  for (int row = 0; row < std::ssize(tracked.links); ++row) tracked.links[row] = {row, -1};
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i] < 0) {
      if (candidates.scores[i] <= parameters_.new_score) continue;
      places[i] = std::ssize(bank.known);
      bank.known.push_back({Memory(parameters_.memory)});
    }
    Known& known = bank.known[places[i]];
    known.memory.add(candidates.embeddings[static_cast<int64_t>(i)]);
    known.last_frame = bank.frame;
    Link& link = tracked.links[candidates.rows[i]];
    link.fresh = known.track < 0;
    if (link.fresh) known.track = bank.next_track++;
    link.track = known.track;
    ++known.shown;
  }
  bury(bank, tracked);
  drop_noise(bank, tracked);
  ++bank.frame;
  return tracked;
}

}  // namespace ctvis
