#pragma once
// Types of errors of results, and what mending each type would gain (TIDE).

#include <clipwork/host/analysis.h>

#include <cstdint>
#include <vector>

namespace clipwork::evaluation {

constexpr double kGoodOverlap = 0.5, kPoorOverlap = 0.1;

/// A result and an object of any class whose overlap is at least poor.
struct OverlappingPair {
  size_t result = 0, truth = 0;  ///< places in VideoErrors
  double overlap = 0, overlap_where_met = 0;
};

/// The results of a video, judged at a good overlap.
struct VideoErrors {
  struct Truth {
    const TruthTrack* track = nullptr;
    int64_t category = 0;
    bool taken = false;     ///< by a true positive
    bool mendable = false;  ///< an error of class or localization has it as its target
  };
  struct Result {
    const ResultTrack* track = nullptr;
    int64_t category = 0;
    bool ignored = false;  ///< matched with a crowd
    ErrorType error = ErrorType::none;
    size_t target = 0;  ///< the object that a mended class or localization would match
  };
  std::vector<Truth> truths;
  std::vector<Result> results;         ///< by class, each by falling score
  std::vector<OverlappingPair> pairs;  ///< by result

  bool missed(const Truth& truth) const {
    return !truth.track->crowd && !truth.taken && !truth.mendable;
  }
};

/// Matches results with objects of their class as AP at a good overlap does, and finds the types of
/// errors.
void judge(VideoErrors* video);

/// AP50 as it is (`none`), or with all errors of a type mended.
double mended_ap50(const std::vector<VideoErrors>& videos, size_t categories, ErrorType type);

/// The score with the best F1 of true positives over all classes; 0 without results.
double best_score(const std::vector<VideoErrors>& videos);

}  // namespace clipwork::evaluation
