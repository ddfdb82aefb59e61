#include <ATen/ops/_addmm_activation.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <clipwork/error.h>
#include <clipwork/ops/linear.h>

#include "ops/fast.h"
#include "ops/onednn.h"

namespace clipwork {

struct Linear::Packed {
  onednn::Product product;
};

Linear::Linear(int64_t in, int64_t out, bool bias, Activation activation)
    : activation_(activation) {
  if (in <= 0 || out <= 0) {
    throw Error(cat("invalid linear layer: ", in, " to ", out, " channels"), "Linear",
                "both must be positive");
  }
  weight_ = make_parameter(*this, "weight", {out, in});
  if (bias) bias_ = make_parameter(*this, "bias", {out});
}

Linear::~Linear() = default;

Tensor Linear::forward(const Tensor& input) {
  if (packed_ && runs_fast(input)) {
    return packed_->product.run(input, activation_ == Activation::relu);
  }
  if (fused_ && !c10::GradMode::is_enabled()) {
    const Tensor rows = input.reshape({-1, input.size(-1)});
    std::vector<int64_t> shape = input.sizes().vec();
    shape.back() = weight_.size(0);
    return at::_addmm_activation(bias_, rows, weight_.t()).view(shape);
  }
  Tensor output = at::linear(input, weight_, bias_);
  return activation_ == Activation::relu ? at::relu(output) : output;
}

void Linear::prepare(const Inference& inference) {
  packed_.reset();
  fused_ =
      !inference.plain && weight_.is_cuda() && bias_.defined() && activation_ == Activation::relu;
  if (inference.plain || !is_float_cpu(weight_)) return;
  packed_.reset(new Packed{{weight_.detach(), bias_.defined() ? bias_.detach() : bias_}});
}

Mlp::Mlp(int64_t in, int64_t hidden, int64_t out, int64_t layers) {
  if (layers < 1)
    throw Error(cat("invalid MLP with ", layers, " layers"), "Mlp", "it needs at least one");
  for (int64_t i = 0; i < layers; ++i) {
    bool last = i + 1 == layers;
    layers_.push_back(make_child<Linear>(*this, cat("layers.", i), i == 0 ? in : hidden,
                                         last ? out : hidden, true,
                                         last ? Activation::none : Activation::relu));
  }
}

Tensor Mlp::forward(Tensor x) {
  for (auto& layer : layers_) x = layer->forward(x);
  return x;
}

}  // namespace clipwork
