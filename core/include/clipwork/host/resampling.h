#pragma once
// Measures of samples of a data set's videos, to tell by how much chance alone moves them (a
// bootstrap). Results are compared with the ground truth once, and only summed up for a sample.

#include <clipwork/host/evaluation.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <span>

namespace clipwork {

/// The measures of a sample. `counts` [videos], by ascending id: how often each is in it; once for
/// all videos gives the measures of the data set.
using SampledMeasures = std::function<Measures(std::span<const int64_t> counts)>;

/// As `evaluate`, but -1 for the groups by size and occlusion.
SampledMeasures sample_evaluation(const GroundTruth& truth, const Results& results);
/// As `evaluate_frames`, likewise.
SampledMeasures sample_frames(const GroundTruth& truth, const Results& results);
/// The measures of all detections, as `evaluate_tracking` has them.
SampledMeasures sample_tracking(const GroundTruth& truth, const Results& results,
                                double min_score = -std::numeric_limits<double>::infinity());

}  // namespace clipwork
