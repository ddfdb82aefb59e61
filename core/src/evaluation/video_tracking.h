#pragma once
// Identity over time of single videos, with what happens to each object.

#include <clipwork/host/analysis.h>

#include <vector>

#include "evaluation/plan.h"

namespace clipwork::evaluation {

/// CLEAR's account of an object.
struct FollowedTrack {
  const TruthTrack* truth = nullptr;
  int64_t found_frames = 0, switches = 0, fragments = 0;
};

struct VideoTracking {
  Measures measures;  ///< of all detections
  std::vector<FollowedTrack> tracks;
  std::vector<IdSwitch> switches;  ///< by class, then by frame
};

/// As `evaluate_tracking`, for each video of the plan; `all` becomes the sums over all detections.
std::vector<VideoTracking> track_videos(const EvaluationPlan& plan, double min_score,
                                        Measures* all);

}  // namespace clipwork::evaluation
