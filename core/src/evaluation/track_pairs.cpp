#include "evaluation/track_pairs.h"

#include <algorithm>

#include "evaluation/matching.h"
#include "evaluation/overlaps.h"

namespace clipwork::evaluation {
namespace {

int64_t area_of(const FrameMask& mask, bool boxes) {
  if (!boxes) return mask.area();
  const Box box = mask.box();
  return box.width * box.height;
}

void add_frame(const FrameMask& mask, const FrameMask& truth, bool boxes, TrackPair* pair) {
  if (mask.present() && truth.present()) {
    ++pair->both;
    if (mask.size() != truth.size()) {
      ++pair->other_sizes;
      return;
    }
    const int64_t common = boxes ? common_area(mask.box(), truth.box()) : common_area(mask, truth);
    const int64_t either = area_of(mask, boxes) + area_of(truth, boxes) - common;
    pair->common += common;
    pair->either += either;
    if (common > 0) pair->either_where_met += either;
  } else if (mask.present()) {
    pair->either += area_of(mask, boxes);
  } else if (truth.present()) {
    pair->either += area_of(truth, boxes);
  }
}

}  // namespace

std::vector<TrackPair> pair_tracks(const std::vector<const ResultTrack*>& results,
                                   const std::vector<const TruthTrack*>& truths, bool boxes) {
  std::vector<TrackPair> pairs(results.size() * truths.size());
  if (pairs.empty()) return pairs;
  const int64_t frames = std::min(longest(results), longest(truths));
  std::vector<FrameMask> masks, truth_masks;
  for (int64_t frame = 0; frame < frames; ++frame) {
    load_frame(results, frame, &masks);
    load_frame(truths, frame, &truth_masks);
    for (size_t d = 0; d < results.size(); ++d) {
      if (frame >= results[d]->masks.frames()) continue;
      for (size_t g = 0; g < truths.size(); ++g) {
        if (frame >= truths[g]->masks.frames()) continue;
        add_frame(masks[d], truth_masks[g], boxes, &pairs[d * truths.size() + g]);
      }
    }
  }
  return pairs;
}

std::vector<const ResultTrack*> ranked(std::vector<const ResultTrack*> results) {
  std::stable_sort(results.begin(), results.end(), [](const ResultTrack* a, const ResultTrack* b) {
    return scores_higher(a->score, b->score);
  });
  if (results.size() > kMostResults) results.resize(kMostResults);
  return results;
}

}  // namespace clipwork::evaluation
