#include "dynamic_masks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/stack.h>
#include <clipwork/tap.h>

namespace clipwork::condinst {

namespace {

/// Coordinates relative to the detections' points count in multiples of this many level strides.
constexpr int64_t kCoordinateUnit = 8;

/// (p - q) / (8 s) for every position q: [n, 2, h, w], x first.
at::Tensor relative_coordinates(const at::Tensor& features, int64_t stride,
                                const at::Tensor& points, const at::Tensor& strides) {
  int64_t height = features.size(1), width = features.size(2), count = points.size(0);
  at::Tensor x = at::arange(width, features.options()).mul(stride).add(stride / 2);
  at::Tensor y = at::arange(height, features.options()).mul(stride).add(stride / 2);
  at::Tensor unit = strides.view({-1, 1}) * kCoordinateUnit;
  at::Tensor dx = (points.select(1, 0).unsqueeze(1) - x) / unit;
  at::Tensor dy = (points.select(1, 1).unsqueeze(1) - y) / unit;
  return at::stack({dx.unsqueeze(1).expand({count, height, width}),
                    dy.unsqueeze(2).expand({count, height, width})},
                   1);
}

}  // namespace

at::Tensor dynamic_mask_logits(const Parameters& p, const at::Tensor& features, int64_t stride,
                               const at::Tensor& points, const at::Tensor& strides,
                               const at::Tensor& kernels) {
  int64_t count = kernels.size(0), height = features.size(1), width = features.size(2);
  at::Tensor shared = features.unsqueeze(0).expand({count, -1, -1, -1});
  at::Tensor x = tap(at::cat({relative_coordinates(features, stride, points, strides), shared}, 1),
                     "mask.inputs")
                     .flatten(2);
  // All weights come before all biases.
  const std::vector<int64_t> widths = {p.mask_out + 2, p.dynamic_channels, p.dynamic_channels, 1};
  int64_t weight = 0, bias = 0;
  for (size_t layer = 0; layer + 1 < widths.size(); ++layer)
    bias += widths[layer] * widths[layer + 1];
  for (size_t layer = 0; layer + 1 < widths.size(); ++layer) {
    int64_t in = widths[layer], out = widths[layer + 1];
    at::Tensor matrix = kernels.narrow(1, weight, in * out).reshape({count, out, in});
    x = at::baddbmm(kernels.narrow(1, bias, out).unsqueeze(2), matrix, x);
    if (layer + 2 < widths.size()) x = at::relu(x);
    weight += in * out;
    bias += out;
  }
  return tap(x.view({count, height, width}), "mask.logits");
}

}  // namespace clipwork::condinst
