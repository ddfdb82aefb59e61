#include "ops/winograd.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/kron.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/CPUAllocator.h>
#include <clipwork/parallel.h>

#include <algorithm>
#include <vector>

namespace clipwork {

namespace {

using at::Tensor;

constexpr int64_t kSide = 4, kProducts = 36;
/// Tiles that go through all three steps at once: few enough for the caches, many enough for the
/// weights to be read seldom. And the fewest that are worth a thread.
constexpr int64_t kBlock = 120, kGrain = 16;

int64_t tiles_of(int64_t height, int64_t width) {
  return ((height + kSide - 1) / kSide) * ((width + kSide - 1) / kSide);
}

/// G [6, 3]: the values of the filter's polynomial at each point, over the product of that point's
/// distances from the others.
Tensor filter_transform() {
  constexpr double kPoints[] = {0, kWinogradNear, -kWinogradNear, kWinogradFar, -kWinogradFar};
  std::vector<double> rows;
  for (double point : kPoints) {
    double distances = 1;
    for (double other : kPoints) distances *= other == point ? 1 : point - other;
    for (double power : {1.0, point, point * point}) rows.push_back(power / distances);
  }
  for (double last : {0.0, 0.0, 1.0}) rows.push_back(last);
  return at::tensor(rows, at::kDouble).view({6, 3});
}

}  // namespace

bool Winograd::suits(const Tensor& weight, int64_t stride, int64_t padding, int64_t groups) {
  return weight.size(2) == 3 && weight.size(3) == 3 && stride == 1 && padding == 1 && groups == 1 &&
         weight.size(0) >= kFewestWinogradChannels && weight.size(1) >= kFewestWinogradChannels;
}

bool Winograd::gains(const Tensor& input) {
  // Below four tiles reading the weights takes longer than the direct form; and tiles that are for
  // the most part beyond the edge are work for nothing.
  constexpr int64_t kFewestTiles = 4, kFewestPositions = 8;
  const int64_t height = input.size(2), width = input.size(3);
  const int64_t tiles = tiles_of(height, width);
  return input.size(0) * tiles >= kFewestTiles && height * width >= kFewestPositions * tiles;
}

Winograd::Winograd(const Tensor& weight, const Tensor& bias, const Kernels& variant)
    : kernels_(&variant),
      in_(weight.size(1)),
      out_(weight.size(0)),
      bias_(bias.defined() ? bias.contiguous() : at::zeros({weight.size(0)})) {
  // In double: the weights are rounded once, like those of the direct form.
  Tensor transform = filter_transform();
  Tensor filters = weight.to(at::kDouble).reshape({out_ * in_, 9});
  Tensor all = at::matmul(at::kron(transform, transform), filters.t()).view({kProducts, out_, in_});
  const int64_t panel = kernels_->panel, panels = (out_ + panel - 1) / panel;
  weight_ = at::zeros({kProducts, panels, in_, panel});
  for (int64_t i = 0; i < panels; ++i) {
    const int64_t first = i * panel, count = std::min(panel, out_ - first);
    weight_.select(1, i).narrow(2, 0, count).copy_(all.narrow(1, first, count).transpose(1, 2));
  }
}

Tensor Winograd::run(const Tensor& input, const Tensor& residual, bool relu) const {
  const Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor with =
      residual.defined() ? residual.contiguous(at::MemoryFormat::ChannelsLast) : residual;
  const int64_t batch = x.size(0), height = x.size(2), width = x.size(3);
  Tensor output =
      at::empty({batch, out_, height, width}, x.options(), at::MemoryFormat::ChannelsLast);
  const float* from = x.const_data_ptr<float>();
  const float* weight = weight_.const_data_ptr<float>();
  const float* bias = bias_.const_data_ptr<float>();
  const float* summands = with.defined() ? with.const_data_ptr<float>() : nullptr;
  float* to = output.mutable_data_ptr<float>();
  const Kernels& run = *kernels_;
  const int64_t panels = weight_.size(1), stride = panels * run.panel;
  parallel_for(0, batch * tiles_of(height, width), kGrain, [&](int64_t first, int64_t last) {
    const int64_t blocks = (last - first + kBlock - 1) / kBlock;
    const int64_t most = (last - first + blocks - 1) / blocks;
    auto memory =
        c10::GetCPUAllocator()->allocate(size_t(kProducts * most * (in_ + stride)) * sizeof(float));
    float* left = static_cast<float*>(memory.get());
    float* products = left + kProducts * most * in_;
    for (int64_t begin = first; begin < last; begin += most) {
      const int64_t rows = std::min(most, last - begin);
      WinogradTiles tiles{height, width, in_, begin, begin + rows};
      run.winograd_input(tiles, from, left);
      for (int64_t i = 0; i < kProducts; ++i) {
        run.multiply(left + i * rows * in_, weight + i * in_ * stride, products + i * rows * stride,
                     rows, in_, panels);
      }
      tiles.channels = out_;
      run.winograd_output(tiles, products, stride, bias, summands, relu, to);
    }
  });
  return output;
}

}  // namespace clipwork
