#pragma once
// Deformable attention by the kernels for GPUs.

#include <ATen/core/Tensor.h>
#include <clipwork/size.h>

#include <vector>

namespace clipwork {

/// True if a kernel takes these values [B, S, heads, D] with `points` samples in each of `levels`
/// maps: they are on a GPU, and the kernels' library is installed.
bool suits_gpu(const at::Tensor& value, int64_t levels, int64_t points);

/// Multi-scale deformable attention between its linear layers, every token a query: value [B, S,
/// heads, D], raw [B, S, heads, 3, levels * points] (weights before their softmax, x and y offsets
/// in positions of the sampled map) -> [B, S, heads * D] with the type of `value`. One kernel; with
/// gradients in float32, whose last bits vary from run to run.
at::Tensor deformable_on_gpu(const at::Tensor& value, const at::Tensor& raw,
                             const std::vector<Size>& levels);

}  // namespace clipwork
