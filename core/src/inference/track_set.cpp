#include "inference/track_set.h"

#include <ATen/ops/maximum.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>

#include <algorithm>

#include "inference/spool.h"

namespace clipwork {

Tensor class_probabilities(const Tensor& scores, ScoreForm form) {
  switch (form) {
    case ScoreForm::softmax:
      return at::softmax(scores, -1).narrow(-1, 0, scores.size(-1) - 1);
    case ScoreForm::sigmoid:
      return at::sigmoid(scores);
    case ScoreForm::probability:
      return scores;
  }
  throw Error("unknown type of class scores");
}

int64_t ClipPrediction::rows() const { return class_scores.size(1); }

std::optional<MaskRle> Result::mask(int64_t track, int64_t frame) const {
  auto found = tracks.find(track);
  if (!spool || found == tracks.end()) return {};
  const Track& entry = found->second;
  if (frame < entry.birth || frame >= frames) return {};
  int64_t handle = frame < static_cast<int64_t>(entry.masks.size()) ? entry.masks[frame] : -1;
  return handle < 0 ? MaskRle::blank(size) : spool->get(handle);
}

std::vector<ResultRow> best_row_per_track(const std::vector<ResultRow>& rows, double min_score) {
  std::map<int64_t, ResultRow> best;
  for (const ResultRow& row : rows) {
    auto [place, fresh] = best.emplace(row.track, row);
    if (!fresh && row.score > place->second.score) place->second = row;
  }
  std::vector<ResultRow> chosen;
  for (const auto& [track, row] : best) {
    if (row.score >= min_score) chosen.push_back(row);
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const ResultRow& a, const ResultRow& b) { return a.score > b.score; });
  return chosen;
}

using Classes = TracksSection::Classes;

TrackSet::TrackSet(const TracksSection& section, int64_t classes)
    : section_(section), classes_(classes) {}

void TrackSet::add_window(const Tracked& window, int64_t birth) {
  const ClipPrediction& prediction = window.prediction;
  form_ = prediction.form;
  ++windows_;
  // Logits are averaged as they are, everything else as probabilities.
  Tensor scores = prediction.class_scores[0].detach().cpu();
  if (section_.classes != Classes::mean_logits) scores = class_probabilities(scores, form_);
  std::map<int64_t, int64_t> rows;
  for (const Link& link : window.links) {
    if (link.track < 0) continue;
    rows[link.track] = link.row;
    auto [place, fresh] = tracks_.try_emplace(link.track, Track{link.track, Track::kUnborn, {}});
    if (link.drawn) place->second.birth = std::min(place->second.birth, birth);
  }
  for (const auto& [track, row] : rows) {
    auto [place, fresh] = scores_.try_emplace(track);
    Scores& known = place->second;
    Tensor value = scores[row];
    if (fresh) {
      known.sum = value.clone();
    } else if (section_.classes == Classes::max_probs) {
      known.sum = at::maximum(known.sum, value);
    } else if (section_.classes == Classes::last) {
      known.sum = value.clone();
    } else {
      known.sum.add_(value);
    }
    ++known.windows;
  }
}

void TrackSet::add_quality(const std::vector<int64_t>& tracks, const Tensor& sums) {
  auto values = sums.accessor<double, 2>();
  for (size_t i = 0; i < tracks.size(); ++i) {
    Scores& known = scores_.at(tracks[i]);
    known.quality_on += values[static_cast<int64_t>(i)][0];
    known.pixels_on += values[static_cast<int64_t>(i)][1];
  }
}

void TrackSet::add_mask(int64_t track, int64_t frame, int64_t handle) {
  std::vector<int64_t>& masks = tracks_.at(track).masks;
  if (static_cast<int64_t>(masks.size()) <= frame) masks.resize(frame + 1, -1);
  masks[frame] = handle;
}

namespace {

template <class Candidates>
std::vector<int64_t> tracks_of(const Candidates& candidates) {
  std::set<int64_t> tracks;
  for (const auto& candidate : candidates) tracks.insert(candidate.track);
  return {tracks.begin(), tracks.end()};
}

}  // namespace

Tensor TrackSet::joined_scores() const {
  if (told_.defined()) return told_;
  bool mean = section_.classes == Classes::mean_logits || section_.classes == Classes::mean_probs;
  if (scores_.empty()) return at::zeros({0, classes_});
  std::vector<Tensor> joined;
  for (const auto& [track, scores] : scores_) {
    int64_t count = section_.absent == TracksSection::Absent::zero ? windows_ : scores.windows;
    joined.push_back(mean ? scores.sum.div(count) : scores.sum);
  }
  return at::stack(joined);
}

std::vector<TrackSet::Candidate> TrackSet::best_candidates(int64_t n,
                                                           bool one_class_per_track) const {
  if (scores_.empty()) return {};
  Tensor table = joined_scores();
  if (section_.classes == Classes::mean_logits) table = class_probabilities(table, form_);
  table = table.to(at::kDouble).contiguous();
  // A class head of probabilities may have one more column ("none"); it is never a result.
  int64_t columns = table.size(1), classes = std::min(classes_, columns);
  const double* row = table.const_data_ptr<double>();
  std::vector<Candidate> all;
  for (const auto& [track, scores] : scores_) {
    if (one_class_per_track) {
      int64_t best = std::max_element(row, row + classes) - row;
      all.push_back({track, best, row[best]});
    } else {
      for (int64_t k = 0; k < classes; ++k) all.push_back({track, k, row[k]});
    }
    row += columns;
  }
  auto better = [](const Candidate& a, const Candidate& b) {
    if (a.class_score != b.class_score) return a.class_score > b.class_score;
    return a.track != b.track ? a.track < b.track : a.category < b.category;
  };
  n = std::min<int64_t>(n, static_cast<int64_t>(all.size()));
  std::partial_sort(all.begin(), all.begin() + n, all.end(), better);
  all.resize(n);
  return all;
}

std::vector<ResultRow> TrackSet::ranking() const {
  std::vector<ResultRow> rows;
  for (const Candidate& candidate : best_candidates(section_.top_k, one_class_per_track())) {
    ResultRow row{candidate.track, candidate.category, candidate.class_score,
                  candidate.class_score};
    if (section_.quality != Quality::none) {
      const Scores& known = scores_.at(candidate.track);
      row.score *= known.quality_on / (known.pixels_on + 1e-6);
    }
    if (row.score >= section_.min_score) rows.push_back(row);
  }
  return rows;
}

std::vector<int64_t> TrackSet::ranked_tracks() const {
  return tracks_of(best_candidates(section_.top_k, one_class_per_track()));
}

void TrackSet::forget_unranked(const std::vector<int64_t>& ended) {
  ended_.insert(ended.begin(), ended.end());
  const std::vector<int64_t> ranked = ranked_tracks();
  std::erase_if(ended_, [&](int64_t track) {
    if (std::binary_search(ranked.begin(), ranked.end(), track)) return false;
    scores_.erase(track);
    tracks_.erase(track);
    return true;
  });
}

void TrackSet::drop(const std::vector<int64_t>& tracks) {
  for (const int64_t track : tracks) {
    scores_.erase(track);
    tracks_.erase(track);
  }
}

std::vector<int64_t> TrackSet::best(int64_t n) const { return tracks_of(best_candidates(n, true)); }

}  // namespace clipwork
