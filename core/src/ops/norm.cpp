#include <ATen/ops/empty_like.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/relu.h>
#include <clipwork/error.h>
#include <clipwork/ops/norm.h>
#include <clipwork/parallel.h>

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "ops/fast.h"

namespace clipwork {

namespace {

// Two passes over channels_last memory.
Tensor group_norm_fast(const Tensor& input, int64_t groups, const Tensor& weight,
                       const Tensor& bias, double eps, bool relu) {
  // Sums are made of pieces of this length and joined in order, so that they do not depend on the
  // number of threads.
  constexpr int64_t kPiece = 1024;
  Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
  Tensor output = at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast);
  Tensor factors = weight.contiguous(), summands = bias.contiguous();
  int64_t channels = x.size(1), pixels = x.size(2) * x.size(3), members = channels / groups;
  int64_t pieces = (pixels + kPiece - 1) / kPiece;
  std::vector<double> parts(size_t(pieces * 2 * channels));
  std::vector<float> mean(size_t(channels), 0), scale(size_t(channels), 0);
  for (int64_t image = 0; image < x.size(0); ++image) {
    const float* from = x.const_data_ptr<float>() + image * pixels * channels;
    float* to = output.mutable_data_ptr<float>() + image * pixels * channels;
    parts.assign(parts.size(), 0);
    parallel_for(0, pieces, 1, [&](int64_t first, int64_t last) {
      for (int64_t piece = first; piece < last; ++piece) {
        double* sums = parts.data() + piece * 2 * channels;
        kernels()->channel_sums(from + piece * kPiece * channels,
                                std::min(kPiece, pixels - piece * kPiece), channels, sums,
                                sums + channels);
      }
    });
    double count = double(pixels * members);
    for (int64_t group = 0; group < groups; ++group) {
      double sum = 0, square = 0;
      for (int64_t piece = 0; piece < pieces; ++piece) {
        for (int64_t c = group * members; c < (group + 1) * members; ++c) {
          sum += parts[size_t(piece * 2 * channels + c)];
          square += parts[size_t((piece * 2 + 1) * channels + c)];
        }
      }
      double centre = sum / count;
      double variance = std::max(square / count - centre * centre, 0.0);
      for (int64_t c = group * members; c < (group + 1) * members; ++c) {
        mean[size_t(c)] = float(centre);
        scale[size_t(c)] = float(factors.const_data_ptr<float>()[c] / std::sqrt(variance + eps));
      }
    }
    parallel_for(0, pixels, kPiece, [&](int64_t first, int64_t last) {
      kernels()->channel_scale(from + first * channels, mean.data(), scale.data(),
                               summands.const_data_ptr<float>(), relu, to + first * channels,
                               last - first, channels);
    });
  }
  return output;
}

// True if `position` has the shape of `input` without some leading dimensions, over which it
// repeats.
bool repeats_over(const Tensor& position, const Tensor& input) {
  int64_t dimensions = position.dim();
  auto sizes = position.sizes();
  while (!sizes.empty() && sizes.front() == 1) sizes = sizes.slice(1), --dimensions;
  return dimensions <= input.dim() && sizes == input.sizes().slice(input.dim() - dimensions);
}

}  // namespace

Tensor group_norm(const Tensor& input, int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps, bool relu, bool fast) {
  if (fast && runs_fast(input) && input.dim() == 4) {
    return group_norm_fast(input, groups, weight, bias, eps, relu);
  }
  // The library's norm rounds as the public code does, and norms of small maps make much of
  // rounding. In channels_last its backward crashes on maps of one row (LibTorch 2.11).
  Tensor output =
      at::group_norm(input.contiguous(), groups, weight, bias, eps, /*cudnn_enabled=*/false)
          .contiguous(input.suggest_memory_format());
  return relu ? at::relu(output) : output;
}

GroupNorm::GroupNorm(int64_t groups, int64_t channels, double eps) : groups_(groups), eps_(eps) {
  if (groups <= 0 || channels <= 0 || channels % groups != 0) {
    throw Error(cat("invalid group norm: ", channels, " channels in ", groups, " groups"),
                "GroupNorm", "the channels must be a multiple of the groups");
  }
  weight_ = make_parameter(*this, "weight", {channels});
  bias_ = make_parameter(*this, "bias", {channels});
}

Tensor GroupNorm::forward(const Tensor& input, bool relu) {
  return group_norm(input, groups_, weight_, bias_, eps_, relu, fast_);
}

void GroupNorm::prepare(const Inference& inference) { fast_ = !inference.plain; }

AddNorm::AddNorm(int64_t channels, double eps) : eps_(eps) {
  if (channels <= 0) throw Error(cat("invalid layer norm: ", channels, " channels"), "AddNorm");
  weight_ = make_parameter(*this, "weight", {channels});
  bias_ = make_parameter(*this, "bias", {channels});
}

Tensor AddNorm::forward(const Tensor& input) { return forward(input, Tensor()); }

Tensor AddNorm::forward(const Tensor& input, const Tensor& residual) {
  return forward(input, residual, Tensor()).first;
}

std::pair<Tensor, Tensor> AddNorm::forward(const Tensor& input, const Tensor& residual,
                                           const Tensor& position) {
  bool same = !residual.defined() || residual.sizes() == input.sizes();
  bool repeats = !position.defined() || repeats_over(position, input);
  if (fast_ && runs_fast(input) && same && repeats) return fused(input, residual, position);
  Tensor output = at::layer_norm(residual.defined() ? input + residual : input, weight_.sizes(),
                                 weight_, bias_, eps_);
  return {output, position.defined() ? output + position : Tensor()};
}

std::pair<Tensor, Tensor> AddNorm::fused(const Tensor& input, const Tensor& residual,
                                         const Tensor& position) const {
  constexpr int64_t kGrain = 64;
  int64_t channels = weight_.size(0), rows = input.numel() / channels;
  Tensor x = input.contiguous(), other = residual.defined() ? residual.contiguous() : residual;
  Tensor code = position.defined() ? position.contiguous() : position;
  Tensor output = at::empty_like(x), placed;
  if (code.defined()) placed = at::empty_like(x);
  int64_t code_rows = code.defined() ? code.numel() / channels : 1;
  auto start = [&](const Tensor& tensor, int64_t row) {
    return tensor.defined() ? tensor.const_data_ptr<float>() + row * channels : nullptr;
  };
  parallel_for(0, rows, kGrain, [&](int64_t first, int64_t last) {
    kernels()->add_norm(
        start(x, first), start(other, first), start(weight_, 0), start(bias_, 0), start(code, 0),
        first, code_rows, output.mutable_data_ptr<float>() + first * channels,
        placed.defined() ? placed.mutable_data_ptr<float>() + first * channels : nullptr,
        last - first, channels, float(eps_));
  });
  return {output, placed};
}

void AddNorm::prepare(const Inference& inference) { fast_ = !inference.plain; }

bool is_norm(const torch::nn::Module& module) {
  return dynamic_cast<const AddNorm*>(&module) || dynamic_cast<const GroupNorm*>(&module) ||
         module.named_buffers(/*recurse=*/false).contains("running_mean");
}

}  // namespace clipwork
