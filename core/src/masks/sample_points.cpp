#include <ATen/TensorOperators.h>
#include <ATen/ops/grid_sampler.h>
#include <c10/core/GradMode.h>
#include <clipwork/error.h>
#include <clipwork/sample_points.h>

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
  Tensor grid = points.to(maps.options()).mul(2).sub(1);
  return at::grid_sampler(maps, grid.unsqueeze(1), 0, 0, false).squeeze(2);
}

Tensor sample_labels(const Tensor& masks, const Tensor& points) {
  int64_t rows = masks.size(0), height = masks.size(1), width = masks.size(2);
  c10::NoGradGuard no_gradient;
  Tensor places = points.to(masks.device(), at::kFloat);
  if (places.dim() == 2) places = places.unsqueeze(0).expand({rows, -1, -1});
  if (rows == 0 || places.size(1) == 0) {
    return places.new_zeros({rows, places.size(1)});
  }
  // The four neighbours of a point are read from the masks as they are: labels at picture size
  // would cost four times their memory as numbers.
  Tensor x = places.select(2, 0) * width - 0.5, y = places.select(2, 1) * height - 0.5;
  Tensor left = x.floor(), top = y.floor();
  Tensor right_part = x - left, lower_part = y - top;
  Tensor flat = masks.contiguous().flatten(1);
  auto corner = [&](int64_t dx, int64_t dy) {
    Tensor column = left + dx, row = top + dy;
    Tensor inside = column.ge(0) & column.lt(width) & row.ge(0) & row.lt(height);
    Tensor place = row.clamp(0, height - 1) * width + column.clamp(0, width - 1);
    return (flat.gather(1, place.to(at::kLong)) & inside).to(at::kFloat);
  };
  Tensor upper = corner(0, 0) * (1 - right_part) + corner(1, 0) * right_part;
  Tensor lower = corner(0, 1) * (1 - right_part) + corner(1, 1) * right_part;
  return upper * (1 - lower_part) + lower * lower_part;
}

}  // namespace clipwork
