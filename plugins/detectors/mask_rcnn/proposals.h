#pragma once
#include <clipwork/tensors.h>

#include <vector>

#include "boxes.h"
#include "parameters.h"

namespace clipwork::mask_rcnn {

/// How many anchors become proposals.
struct ProposalLimits {
  int64_t per_level;  ///< best anchors of a level
  int64_t in_all;     ///< best of all levels that are left by the suppression
};

/// The anchors of p2 to p6, levels one after the other: each [h w A, 4]. `dense` as the detector
/// gives it.
std::vector<Tensor> anchors_of(const Parameters& parameters, const Tensors& dense);

/// The outputs of a level for one frame, by anchor: logits [h w A] and deltas [h w A, 4].
struct LevelOutputs {
  Tensor objectness, deltas;
};
LevelOutputs level_outputs(const Tensors& dense, int64_t level, int64_t frame);

/// The proposals of a frame of a batch, best first, float [n, 4] in pixels of the padded picture,
/// inside `picture`. Without gradient.
Tensor proposals_of(const Parameters& parameters, const ProposalLimits& limits,
                    const Tensors& dense, const std::vector<Tensor>& anchors, int64_t frame,
                    Size picture);

}  // namespace clipwork::mask_rcnn
