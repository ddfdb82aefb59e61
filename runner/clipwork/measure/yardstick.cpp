#include "measure/yardstick.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>

namespace clipwork::runs {

Yardstick::Yardstick() {
  picture_ = stream_by_rule("yardstick", 1, {1, 3, 384, 640}, 1, 0);
  stem_.push_back(conv(3, 64, 7, 2));
  const int64_t counts[] = {3, 4, 6, 3};
  int64_t in = 64;
  for (int stage = 0; stage < 4; ++stage) {
    int64_t inner = int64_t{64} << stage, out = 4 * inner;
    for (int64_t i = 0; i < counts[stage]; ++i) {
      int64_t stride = i == 0 && stage > 0 ? 2 : 1;
      Block block;
      block.convs = {conv(in, inner, 1, 1), conv(inner, inner, 3, stride), conv(inner, out, 1, 1)};
      if (i == 0) block.shortcut = {conv(in, out, 1, stride)};
      blocks_.push_back(std::move(block));
      in = out;
    }
  }
}

Yardstick::Conv Yardstick::conv(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  Conv conv;
  conv.weight =
      tensor_by_rule(cat("yardstick.", made_++, ".weight"), {out, in, kernel, kernel}, {});
  conv.scale = at::ones({out});
  conv.shift = at::zeros({out});
  conv.mean = at::zeros({out});
  conv.variance = at::ones({out});
  conv.stride = stride;
  conv.padding = kernel / 2;
  return conv;
}

at::Tensor Yardstick::apply(const Conv& conv, const at::Tensor& x) {
  at::Tensor y = at::conv2d(x, conv.weight, {}, conv.stride, conv.padding);
  return at::batch_norm(y, conv.scale, conv.shift, conv.mean, conv.variance, false, 0.1, 1e-5,
                        true);
}

void Yardstick::run() const {
  c10::InferenceMode inference;
  at::Tensor x = at::max_pool2d(apply(stem_[0], picture_).relu_(), {3, 3}, {2, 2}, {1, 1});
  for (const Block& block : blocks_) {
    at::Tensor y = apply(block.convs[0], x).relu_();
    y = apply(block.convs[1], y).relu_();
    y = apply(block.convs[2], y);
    y.add_(block.shortcut.empty() ? x : apply(block.shortcut[0], x));
    x = y.relu_();
  }
}

}  // namespace clipwork::runs
