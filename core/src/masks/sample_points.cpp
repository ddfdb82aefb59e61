#include <ATen/TensorOperators.h>
#include <ATen/ops/grid_sampler.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>
#include <clipwork/error.h>
#include <clipwork/sample_points.h>
#include <clipwork/to_device.h>

namespace clipwork {

Tensor sample_points(const Tensor& given, const Tensor& points) {
  // A place needs more digits than a reduced precision keeps.
  const bool reduced = at::isReducedFloatingType(given.scalar_type());
  const Tensor maps = reduced ? given.to(at::kFloat) : given;
  if (maps.dim() != 4 || points.dim() != 3 || points.size(2) != 2 ||
      points.size(0) != maps.size(0)) {
    throw Error(cat("maps ", maps.sizes(), " cannot be sampled at points ", points.sizes(),
                    ": maps are [N, C, h, w] and points [N, P, 2]"));
  }
  // The library's sampler refuses what is empty.
  if (maps.numel() == 0 || points.size(1) == 0) {
    return maps.new_zeros({maps.size(0), maps.size(1), points.size(1)});
  }
  Tensor grid = to_device(points, maps.device()).to(maps.scalar_type()).mul(2).sub(1);
  return at::grid_sampler(maps, grid.unsqueeze(1), 0, 0, false).squeeze(2);
}

Tensor sample_labels(const Tensor& masks, const Tensor& points) {
  int64_t rows = masks.size(0), height = masks.size(1), width = masks.size(2);
  c10::NoGradGuard no_gradient;
  Tensor places = to_device(points, masks.device()).to(at::kFloat);
  if (places.dim() == 2) places = places.unsqueeze(0).expand({rows, -1, -1});
  if (rows == 0 || places.size(1) == 0) {
    return places.new_zeros({rows, places.size(1)});
  }
  // The four neighbours of a point are read from the masks as they are: labels at picture size
  // would cost four times their memory as numbers.
  const Tensor x = places.select(2, 0) * width - 0.5, y = places.select(2, 1) * height - 0.5;
  const Tensor left = x.floor(), top = y.floor();
  const Tensor right_part = x - left, lower_part = y - top;
  // [R, 2, P] each: columns of the left and right neighbours, rows of the upper and lower ones.
  const Tensor columns = at::stack({left, left + 1}, 1), lines = at::stack({top, top + 1}, 1);
  const Tensor column_weights = at::stack({1 - right_part, right_part}, 1);
  const Tensor line_weights = at::stack({1 - lower_part, lower_part}, 1);
  // [R, 2, 2, P]: upper and lower, left and right.
  const Tensor inside = (lines.ge(0) & lines.lt(height)).unsqueeze(2) &
                        (columns.ge(0) & columns.lt(width)).unsqueeze(1);
  const Tensor place =
      (lines.clamp(0, height - 1) * width).unsqueeze(2) + columns.clamp(0, width - 1).unsqueeze(1);
  const Tensor flat = masks.contiguous().flatten(1);
  const Tensor values =
      (flat.gather(1, place.to(at::kLong).flatten(1)).view(inside.sizes()) & inside).to(at::kFloat);
  const Tensor across = values * column_weights.unsqueeze(1);
  const Tensor down = (across.select(2, 0) + across.select(2, 1)) * line_weights;
  return down.select(1, 0) + down.select(1, 1);
}

}  // namespace clipwork
