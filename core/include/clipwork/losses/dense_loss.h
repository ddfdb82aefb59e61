#pragma once
// Losses of models that say something at every point of a picture.

#include <clipwork/assignment.h>
#include <clipwork/tensors.h>

#include <vector>

namespace clipwork {

/// int64 [B, P]: the label of the object that each point was matched with (rows of `matches` are
/// points, columns objects; `labels[b]` int64 [N]), elsewhere `background`.
Tensor point_labels(const std::vector<Assignment>& matches, const std::vector<Tensor>& labels,
                    int64_t points, int64_t background);

/// The sum over logits [..., K] of the sigmoid focal loss, alpha 0.25, gamma 2 (RetinaNet); labels
/// int64 [...], K: background, which has no channel.
Tensor focal_loss(const Tensor& logits, const Tensor& labels);

}  // namespace clipwork
