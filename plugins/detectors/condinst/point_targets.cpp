#include "point_targets.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/max.h>
#include <ATen/ops/min.h>
#include <ATen/ops/stack.h>
#include <clipwork/error.h>

#include <limits>

namespace clipwork::condinst {

namespace {

/// Centres of mass (x, y) of masks [N, H, W], in indices of pixels: float [N, 2].
Tensor centres_of(const Tensor& masks) {
  constexpr double kLeastMass = 1e-6;
  Tensor values = masks.to(at::kFloat);
  at::TensorOptions options = values.options();
  Tensor mass = values.sum({1, 2}).clamp_min(kLeastMass);
  Tensor x = (values * at::arange(masks.size(2), options)).sum({1, 2}) / mass;
  Tensor y = (values * at::arange(masks.size(1), options).unsqueeze(1)).sum({1, 2}) / mass;
  return at::stack({x, y}, 1);
}

}  // namespace

PointTargets point_targets(const Targets& targets, const PointLevels& levels, double radius) {
  PointTargets result;
  int64_t points = levels.points.size(0), objects = targets.count();
  result.distances = levels.points.new_zeros({0, 4});
  if (objects == 0) return result;
  if (!targets.boxes.defined()) {
    throw InputError("the loss needs boxes, but these targets have none", targets.name,
                     "use the boxes of the data set, or those of the masks");
  }
  Tensor boxes = targets.boxes.select(1, 0).to(levels.points.device());
  Tensor centres = centres_of(targets.masks.select(1, 0)).to(levels.points.device());
  Tensor x = levels.points.select(1, 0).unsqueeze(1), y = levels.points.select(1, 1).unsqueeze(1);
  auto side = [&](int64_t k) { return boxes.select(1, k).unsqueeze(0); };
  // [P, N]
  Tensor left = x - side(0), top = y - side(1), right = side(2) - x, bottom = side(3) - y;
  Tensor reach = (levels.strides * radius).unsqueeze(1);
  Tensor cx = centres.select(1, 0).unsqueeze(0), cy = centres.select(1, 1).unsqueeze(0);
  Tensor inside =
      (x - at::max(cx - reach, side(0))).gt(0) & (y - at::max(cy - reach, side(1))).gt(0) &
      (at::min(cx + reach, side(2)) - x).gt(0) & (at::min(cy + reach, side(3)) - y).gt(0);
  Tensor distances = at::stack({left, top, right, bottom}, 2);
  Tensor farthest = std::get<0>(distances.max(2));
  Tensor fits =
      farthest.ge(levels.smallest.unsqueeze(1)) & farthest.le(levels.largest.unsqueeze(1));
  Tensor present = targets.ids.select(1, 0).ge(0).to(boxes.device()).unsqueeze(0);
  Tensor area =
      ((boxes.select(1, 2) - boxes.select(1, 0)) * (boxes.select(1, 3) - boxes.select(1, 1)))
          .unsqueeze(0)
          .expand({points, objects})
          .masked_fill((inside & fits & present).logical_not(),
                       std::numeric_limits<float>::infinity());
  auto [least, object] = area.min(1);
  Tensor positive = least.lt(std::numeric_limits<float>::infinity()).nonzero().select(1, 0);
  Tensor chosen = object.index_select(0, positive);
  result.distances = distances.index_select(0, positive)
                         .gather(1, chosen.view({-1, 1, 1}).expand({-1, 1, 4}))
                         .squeeze(1);
  auto copy = [](const Tensor& values, std::vector<int64_t>& to) {
    Tensor here = values.cpu().contiguous();
    to.assign(here.const_data_ptr<int64_t>(), here.const_data_ptr<int64_t>() + here.numel());
  };
  copy(positive, result.points);
  copy(chosen, result.objects);
  return result;
}

}  // namespace clipwork::condinst
