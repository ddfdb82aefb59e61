#include "boxes.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/max.h>
#include <ATen/ops/min.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace clipwork::mask_rcnn {

namespace {

/// Deltas of sides are cut here, so that no box grows without bounds before it is clipped.
const double kLargestGrowth = std::log(1000.0 / 16);

struct Sides {
  Tensor x, y, width, height;  ///< centres and sides, [n] each
};

Sides sides_of(const Tensor& boxes) {
  Tensor width = boxes.select(1, 2) - boxes.select(1, 0);
  Tensor height = boxes.select(1, 3) - boxes.select(1, 1);
  return {boxes.select(1, 0) + width * 0.5, boxes.select(1, 1) + height * 0.5, width, height};
}

Tensor area_of(const Tensor& boxes) {
  return (boxes.select(1, 2) - boxes.select(1, 0)) * (boxes.select(1, 3) - boxes.select(1, 1));
}

struct Corners {
  float x0, y0, x1, y1;
  float area() const { return (x1 - x0) * (y1 - y0); }
};

/// Not a number where both are empty, which counts as no overlap.
float overlap_of(const Corners& a, const Corners& b) {
  const float width = std::max(std::min(a.x1, b.x1) - std::max(a.x0, b.x0), 0.0F);
  const float height = std::max(std::min(a.y1, b.y1) - std::max(a.y0, b.y0), 0.0F);
  const float common = width * height;
  return common / (a.area() + b.area() - common);
}

}  // namespace

Tensor level_anchors(Size size, int64_t stride, double side, const std::vector<double>& ratios,
                     bool rounded, at::TensorOptions options) {
  std::vector<float> corners;
  for (const double ratio : ratios) {
    double width = side / std::sqrt(ratio), height = side * std::sqrt(ratio);
    for (const double corner : {-width / 2, -height / 2, width / 2, height / 2}) {
      // To the nearest, of two the even one.
      corners.push_back(static_cast<float>(rounded ? std::nearbyint(corner) : corner));
    }
  }
  Tensor base = at::tensor(corners).to(options).view({1, -1, 4});
  Tensor x = at::arange(size.width, options).mul(stride).expand({size.height, size.width});
  Tensor y =
      at::arange(size.height, options).mul(stride).unsqueeze(1).expand({size.height, size.width});
  Tensor places = at::stack({x, y, x, y}, 2).view({-1, 1, 4});
  return (places + base).view({-1, 4});
}

Tensor apply_deltas(const Tensor& boxes, const Tensor& deltas,
                    const std::array<double, 4>& factors) {
  const Sides from = sides_of(boxes);
  auto delta = [&](int64_t k) { return deltas.select(1, k) / factors[k]; };
  Tensor x = delta(0) * from.width + from.x, y = delta(1) * from.height + from.y;
  Tensor half_width = at::exp(delta(2).clamp_max(kLargestGrowth)) * from.width * 0.5;
  Tensor half_height = at::exp(delta(3).clamp_max(kLargestGrowth)) * from.height * 0.5;
  return at::stack({x - half_width, y - half_height, x + half_width, y + half_height}, 1);
}

Tensor deltas_between(const Tensor& boxes, const Tensor& targets,
                      const std::array<double, 4>& factors) {
  const Sides from = sides_of(boxes), to = sides_of(targets);
  return at::stack(
      {(to.x - from.x) / from.width * factors[0], (to.y - from.y) / from.height * factors[1],
       (to.width / from.width).log() * factors[2], (to.height / from.height).log() * factors[3]},
      1);
}

Tensor clip_boxes(const Tensor& boxes, Size picture) {
  auto side = [&](int64_t k, int64_t limit) {
    return boxes.select(1, k).clamp(0, static_cast<double>(limit));
  };
  return at::stack({side(0, picture.width), side(1, picture.height), side(2, picture.width),
                    side(3, picture.height)},
                   1);
}

Tensor has_area(const Tensor& boxes, double least) {
  Tensor shorter =
      at::min(boxes.select(1, 2) - boxes.select(1, 0), boxes.select(1, 3) - boxes.select(1, 1));
  return shorter.ge(least).logical_and(shorter.gt(0));
}

Tensor box_overlaps(const Tensor& a, const Tensor& b) {
  Tensor left = a.unsqueeze(1), right = b.unsqueeze(0);
  Tensor common = (at::min(left.narrow(2, 2, 2), right.narrow(2, 2, 2)) -
                   at::max(left.narrow(2, 0, 2), right.narrow(2, 0, 2)))
                      .clamp_min(0)
                      .prod(2);
  Tensor either = area_of(a).unsqueeze(1) + area_of(b) - common;
  return (common / either).masked_fill(either.le(0), 0);
}

Tensor suppress(const Tensor& boxes, const Tensor& scores, const Tensor& groups, double iou,
                int64_t limit) {
  const Tensor here = boxes.cpu().contiguous(),
               order = std::get<1>(scores.sort(true, 0, true)).cpu();
  const Tensor group = groups.cpu().contiguous();
  const auto* box = reinterpret_cast<const Corners*>(here.const_data_ptr<float>());
  const auto* row = order.const_data_ptr<int64_t>();
  const auto* group_of = group.const_data_ptr<int64_t>();
  std::map<int64_t, std::vector<int64_t>> kept_of_group;
  std::vector<int64_t> kept;
  for (int64_t i = 0; i < order.size(0) && std::ssize(kept) < limit; ++i) {
    std::vector<int64_t>& better = kept_of_group[group_of[row[i]]];
    const bool covered = std::any_of(better.begin(), better.end(), [&](int64_t other) {
      return overlap_of(box[other], box[row[i]]) > static_cast<float>(iou);
    });
    if (covered) continue;
    better.push_back(row[i]);
    kept.push_back(row[i]);
  }
  return at::tensor(kept, at::TensorOptions(at::kLong)).to(boxes.device());
}

}  // namespace clipwork::mask_rcnn
