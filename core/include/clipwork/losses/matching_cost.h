#pragma once
// The cost of matching a prediction's row with an object (Mask2Former, `HungarianMatcher`, and
// its video form).

#include <clipwork/parameters.h>
#include <clipwork/prediction.h>
#include <clipwork/targets.h>

namespace clipwork {

struct CostWeights {
  double classes = 2, mask = 5, dice = 5;
  void describe(Describer& d);
};

struct MatchingCost {
  Tensor mask, dice, total;  ///< float [R, N]; total: with the class cost, weighted
};

/// Costs of entry `entry` of a prediction's batch with the objects of its clip. Points [P, 2] are
/// shared by all rows, objects and frames; frames and points become one axis, so that the dice cost
/// is that of the volume and the cross entropy a mean over T x P. Without gradient, in float32.
/// Throws NotFinite that names the tensor and the video.
MatchingCost matching_cost(const ClipPrediction& prediction, int64_t entry, const Targets& targets,
                           const Tensor& points, const CostWeights& weights);

}  // namespace clipwork
