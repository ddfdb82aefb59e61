#include <ATen/ops/arange.h>
#include <ATen/ops/lerp.h>
#include <clipwork/error.h>
#include <clipwork/ops/upsample.h>

namespace clipwork {

namespace {

/// Along one dimension: all its steps in one, since position i of the result reads source position
/// max(i - factor / 2, 0) / factor, and the last one beyond the end.
at::Tensor upsample_along(const at::Tensor& maps, int64_t dim, int64_t factor) {
  int64_t length = maps.size(dim);
  at::TensorOptions integers = maps.options().dtype(at::kLong);
  at::Tensor place = at::arange(length * factor, integers).sub(factor / 2).clamp_min(0);
  at::Tensor low = place.div(factor, "floor");
  at::Tensor share = place.sub(low.mul(factor)).to(maps.scalar_type()).div(factor);
  std::vector<int64_t> shape(maps.dim(), 1);
  shape[dim] = length * factor;
  return at::lerp(maps.index_select(dim, low),
                  maps.index_select(dim, low.add(1).clamp_max(length - 1)), share.view(shape));
}

}  // namespace

at::Tensor aligned_upsample(const at::Tensor& maps, int64_t factor) {
  if (!maps.defined() || maps.dim() != 4 || !maps.is_floating_point() || factor < 1) {
    throw Error("aligned upsampling takes float maps [N, C, h, w] and a factor of 1 or more");
  }
  if (factor == 1 || maps.numel() == 0) {
    return factor == 1 ? maps
                       : maps.new_empty({maps.size(0), maps.size(1), maps.size(2) * factor,
                                         maps.size(3) * factor});
  }
  return upsample_along(upsample_along(maps, 2, factor), 3, factor);
}

}  // namespace clipwork
