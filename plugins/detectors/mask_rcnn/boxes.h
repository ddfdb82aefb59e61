#pragma once
#include <ATen/core/Tensor.h>
#include <clipwork/size.h>

#include <array>
#include <cstdint>
#include <vector>

// Boxes are float [n, 4]: x0, y0, x1, y1 in pixels.

namespace clipwork::mask_rcnn {

using at::Tensor;

/// Factors of the four deltas (dx, dy, dw, dh): of proposals, and of the box head.
inline constexpr std::array<double, 4> kProposalDeltas = {1, 1, 1, 1}, kBoxDeltas = {10, 10, 5, 5};

/// The anchors of a level of `size` positions, rows first, the ratios of a position together:
/// [h w ratios, 4]. Their area is `side`^2 before `rounded` moves corners to whole pixels.
Tensor level_anchors(Size size, int64_t stride, double side, const std::vector<double>& ratios,
                     bool rounded, at::TensorOptions options);

/// Boxes moved and scaled by `deltas` [n, 4] (Girshick et al. 2014, appendix C): centres by dx w
/// and dy h, sides by exp(dw) and exp(dh), of which no more than 1000 / 16 is taken.
Tensor apply_deltas(const Tensor& boxes, const Tensor& deltas,
                    const std::array<double, 4>& factors);
/// The deltas [n, 4] that make `boxes` to `targets`.
Tensor deltas_between(const Tensor& boxes, const Tensor& targets,
                      const std::array<double, 4>& factors);

/// The part of the boxes inside a picture.
Tensor clip_boxes(const Tensor& boxes, Size picture);
/// Bool [n]: both sides are at least `least` and more than 0.
Tensor has_area(const Tensor& boxes, double least);
/// Intersection over union of all pairs of boxes [n, 4] and [m, 4]: [n, m]; 0 where both are empty.
Tensor box_overlaps(const Tensor& a, const Tensor& b);

/// Greedy non-maximum suppression: rows, best `scores` [n] first, without those that a better row
/// of the same group (int64 [n]) overlaps by more than `iou`; at most `limit` of them. int64 [k].
Tensor suppress(const Tensor& boxes, const Tensor& scores, const Tensor& groups, double iou,
                int64_t limit);

}  // namespace clipwork::mask_rcnn
