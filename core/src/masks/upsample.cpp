#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <clipwork/error.h>
#include <clipwork/upsample.h>

namespace clipwork {

at::Tensor aligned_upsample(const at::Tensor& maps, int64_t factor) {
  if (!maps.defined() || maps.dim() != 4 || !maps.is_floating_point() || factor < 1) {
    throw Error("aligned upsampling takes float maps [N, C, h, w] and a factor of 1 or more");
  }
  if (factor == 1) return maps;
  const int64_t height = maps.size(2), width = maps.size(3);
  if (maps.numel() == 0) {
    return maps.new_empty({maps.size(0), maps.size(1), height * factor, width * factor});
  }
  at::Tensor wider = at::replication_pad2d(maps, {0, 1, 0, 1});
  at::Tensor grown =
      at::upsample_bilinear2d(wider, {height * factor + 1, width * factor + 1}, true);
  return at::replication_pad2d(grown, {factor / 2, 0, factor / 2, 0})
      .narrow(2, 0, height * factor)
      .narrow(3, 0, width * factor);
}

}  // namespace clipwork
