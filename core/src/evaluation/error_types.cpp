#include "evaluation/error_types.h"

#include <algorithm>
#include <optional>

#include "evaluation/matching.h"

namespace clipwork {

const char* short_name(ErrorType type) {
  constexpr const char* kNames[] = {"found", "Cls", "Spat", "Temp", "Both", "Dupe", "Bkg", "Miss"};
  return kNames[static_cast<size_t>(type)];
}

const char* meaning(ErrorType type) {
  constexpr const char* kMeanings[] = {"found",
                                       "wrong class, good overlap",
                                       "poor masks",
                                       "poor track: good masks, but broken, swapped or too short",
                                       "wrong class and poor overlap",
                                       "duplicate of a result with a higher score",
                                       "no object there",
                                       "object without any result"};
  return kMeanings[static_cast<size_t>(type)];
}

namespace evaluation {
namespace {

using Truth = VideoErrors::Truth;
using Result = VideoErrors::Result;

/// The pairs of each result of a video.
class PairsOfResults {
 public:
  explicit PairsOfResults(const VideoErrors& video) : begins_(video.results.size() + 1, 0) {
    for (const OverlappingPair& pair : video.pairs) ++begins_[pair.result + 1];
    for (size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
  }
  std::pair<size_t, size_t> of(size_t result) const {
    return {begins_[result], begins_[result + 1]};
  }

 private:
  std::vector<size_t> begins_;
};

/// The pair of a result with the greatest overlap among the objects that `counts` says.
template <class Counts>
const OverlappingPair* best_pair(const VideoErrors& video, std::pair<size_t, size_t> range,
                                 Counts counts) {
  const OverlappingPair* best = nullptr;
  for (size_t i = range.first; i < range.second; ++i) {
    const OverlappingPair& pair = video.pairs[i];
    if (!counts(video.truths[pair.truth])) continue;
    // The later one of equal overlaps wins, as in the official code.
    if (!best || pair.overlap >= best->overlap) best = &pair;
  }
  return best;
}

ErrorType error_of(const OverlappingPair* own, const OverlappingPair* other) {
  if (own && own->overlap < kGoodOverlap) {
    return own->overlap_where_met >= kGoodOverlap ? ErrorType::temporal : ErrorType::spatial;
  }
  if (other && other->overlap >= kGoodOverlap) return ErrorType::classification;
  if (own) return ErrorType::duplicate;
  return other ? ErrorType::both : ErrorType::background;
}

bool has_target(ErrorType type) {
  return type == ErrorType::classification || type == ErrorType::spatial ||
         type == ErrorType::temporal;
}

/// The results of a video with errors of a type, by falling score.
std::vector<const Result*> with_error(const VideoErrors& video, ErrorType type) {
  std::vector<const Result*> found;
  for (const Result& result : video.results)
    if (!result.ignored && result.error == type) found.push_back(&result);
  std::stable_sort(found.begin(), found.end(), [](const Result* a, const Result* b) {
    return scores_higher(a->track->score, b->track->score);
  });
  return found;
}

}  // namespace

void judge(VideoErrors* video) {
  const PairsOfResults pairs(*video);
  // Of each class the results are already in the order in which they choose.
  for (size_t d = 0; d < video->results.size(); ++d) {
    Result& result = video->results[d];
    auto good = [&](const OverlappingPair* pair) { return pair && pair->overlap >= kGoodOverlap; };
    const OverlappingPair* object = best_pair(*video, pairs.of(d), [&](const Truth& truth) {
      return truth.category == result.category && !truth.track->crowd && !truth.taken;
    });
    if (good(object)) {
      video->truths[object->truth].taken = true;
      continue;
    }
    result.ignored = good(best_pair(*video, pairs.of(d), [&](const Truth& truth) {
      return truth.category == result.category && truth.track->crowd;
    }));
    if (result.ignored) continue;
    const OverlappingPair* own = best_pair(*video, pairs.of(d), [&](const Truth& truth) {
      return truth.category == result.category && !truth.track->crowd;
    });
    const OverlappingPair* other = best_pair(*video, pairs.of(d), [&](const Truth& truth) {
      return truth.category != result.category && !truth.track->crowd;
    });
    result.error = error_of(own, other);
    if (!has_target(result.error)) continue;
    result.target = (result.error == ErrorType::classification ? other : own)->truth;
    video->truths[result.target].mendable = true;
  }
}

double mended_ap50(const std::vector<VideoErrors>& videos, size_t categories, ErrorType type) {
  std::vector<std::vector<Judged>> results(categories);
  std::vector<int64_t> objects(categories), left(categories);
  std::vector<bool> taken;
  for (const VideoErrors& video : videos) {
    taken.clear();
    for (const Truth& truth : video.truths) {
      taken.push_back(truth.taken);
      if (truth.track->crowd) continue;
      const auto category = static_cast<size_t>(truth.category);
      ++objects[category];
      left[category] += type != ErrorType::missed || !video.missed(truth);
    }
    for (const Result& result : video.results) {
      if (result.ignored || (result.error == type && type != ErrorType::none)) continue;
      results[static_cast<size_t>(result.category)].push_back(
          {result.track->score, result.error == ErrorType::none});
    }
    if (!has_target(type)) continue;
    for (const Result* result : with_error(video, type)) {
      if (taken[result->target]) continue;
      taken[result->target] = true;
      results[static_cast<size_t>(video.truths[result->target].category)].push_back(
          {result->track->score, true});
    }
  }
  double sum = 0, classes = 0;
  for (size_t k = 0; k < categories; ++k) {
    if (objects[k] == 0) continue;
    ++classes;
    std::stable_sort(results[k].begin(), results[k].end(), [](const Judged& a, const Judged& b) {
      return scores_higher(a.score, b.score);
    });
    // A class of which only missed objects are left has nothing more to find.
    sum += left[k] > 0 ? average_precision(results[k], left[k]) : 1;
  }
  return classes > 0 ? sum / classes : -1;
}

double best_score(const std::vector<VideoErrors>& videos) {
  std::vector<Judged> results;
  double objects = 0;
  for (const VideoErrors& video : videos) {
    for (const Truth& truth : video.truths) objects += !truth.track->crowd;
    for (const Result& result : video.results) {
      const double score = result.track->score;
      if (!result.ignored && score == score)
        results.push_back({score, result.error == ErrorType::none});
    }
  }
  std::sort(results.begin(), results.end(),
            [](const Judged& a, const Judged& b) { return a.score > b.score; });
  double best = 0, best_f1 = -1, right = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    right += results[i].right;
    // Results of equal scores are in or out together.
    if (i + 1 < results.size() && results[i + 1].score == results[i].score) continue;
    const double f1 = 2 * right / (static_cast<double>(i + 1) + objects);
    if (f1 > best_f1) {
      best_f1 = f1;
      best = results[i].score;
    }
  }
  return best;
}

}  // namespace evaluation
}  // namespace clipwork
