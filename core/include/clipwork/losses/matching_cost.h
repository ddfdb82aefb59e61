#pragma once
// The cost of matching a prediction's row with an object (Mask2Former, `HungarianMatcher`, and
// its video form).

#include <clipwork/parameters.h>
#include <clipwork/prediction.h>
#include <clipwork/targets.h>

#include <span>
#include <vector>

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

/// The objects of a clip's samples, one behind the other.
struct ClipObjects {
  explicit ClipObjects(std::span<const Targets> samples);
  int64_t count() const { return present.size(0); }
  int64_t samples() const { return static_cast<int64_t>(first.size()) - 1; }
  int64_t count_of(int64_t sample) const { return first[sample + 1] - first[sample]; }

  Tensor masks;                ///< bool [N, T, H, W], where the samples' masks are
  Tensor labels;               ///< int64 [N], on the CPU
  Tensor present;              ///< bool [N, T], on the CPU: the object is in the frame
  std::vector<int64_t> first;  ///< where each sample's objects begin; last: N
};

/// The total costs of all entries of a prediction's batch, float [R, objects of the entry] each, on
/// the CPU: what `matching_cost` gives entry by entry, in as many operations for a large batch as
/// for a small one and with one wait for the device. Entry b has the objects of sample b mod
/// samples, and points[b] of [B, P, 2].
std::vector<Tensor> matching_costs(const ClipPrediction& prediction,
                                   std::span<const Targets> targets, const ClipObjects& objects,
                                   const Tensor& points, const CostWeights& weights);

}  // namespace clipwork
