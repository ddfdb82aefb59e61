#include <ATen/ops/layer_norm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/sum.h>
#include <clipwork/error.h>
#include <clipwork/ops/norm.h>

namespace clipwork {

namespace {

Tensor group_norm_plain(const Tensor& input, int64_t groups, const Tensor& weight,
                        const Tensor& bias, double eps) {
  // Splitting the channel dimension is a view in every memory layout.
  Tensor x = input.unflatten(1, {groups, input.size(1) / groups});
  double count = double(x.numel()) / double(input.size(0) * groups);
  auto mean = [&](const Tensor& values) {
    return at::sum(values, {2, 3, 4}, /*keepdim=*/true, at::kDouble) / count;
  };
  Tensor centred = x - mean(x).to(input.scalar_type());
  Tensor scale = at::rsqrt(mean(centred.square()) + eps).to(input.scalar_type());
  return (centred * scale).flatten(1, 2) * weight.view({1, -1, 1, 1}) + bias.view({1, -1, 1, 1});
}

}  // namespace

Tensor group_norm(const Tensor& input, int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps, bool relu, [[maybe_unused]] bool fast) {
  Tensor output = group_norm_plain(input, groups, weight, bias, eps);
  return relu ? at::relu(output) : output;
}

GroupNorm::GroupNorm(int64_t groups, int64_t channels, double eps) : groups_(groups), eps_(eps) {
  if (groups <= 0 || channels <= 0 || channels % groups != 0) {
    throw Error(cat("a group norm of ", channels, " channels in ", groups, " groups"), "GroupNorm",
                "the channels must be a multiple of the groups");
  }
  weight_ = make_parameter(*this, "weight", {channels});
  bias_ = make_parameter(*this, "bias", {channels});
}

Tensor GroupNorm::forward(const Tensor& input, bool relu) {
  return group_norm(input, groups_, weight_, bias_, eps_, relu, fast_);
}

void GroupNorm::prepare(const Inference& inference) { fast_ = !inference.plain; }

AddNorm::AddNorm(int64_t channels, double eps) : eps_(eps) {
  if (channels <= 0) throw Error(cat("a layer norm of ", channels, " channels"), "AddNorm");
  weight_ = make_parameter(*this, "weight", {channels});
  bias_ = make_parameter(*this, "bias", {channels});
}

Tensor AddNorm::forward(const Tensor& input) {
  return at::layer_norm(input, weight_.sizes(), weight_, bias_, eps_);
}

Tensor AddNorm::forward(const Tensor& input, const Tensor& residual) {
  return forward(input + residual);
}

std::pair<Tensor, Tensor> AddNorm::forward(const Tensor& input, const Tensor& residual,
                                           const Tensor& position) {
  Tensor output = forward(input, residual);
  return {output, output + position};
}

void AddNorm::prepare(const Inference& inference) { fast_ = !inference.plain; }

}  // namespace clipwork
