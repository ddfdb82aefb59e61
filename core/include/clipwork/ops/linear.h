#pragma once
// Linear layers and perceptrons, for models.

#include <clipwork/api.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>

#include <memory>
#include <vector>

namespace clipwork {

/// y = activation(x W^T + b) over the last dimension. Names: weight [out, in], bias [out].
class CLIPWORK_API Linear : public torch::nn::Module, public Op {
 public:
  Linear(int64_t in, int64_t out, bool bias = true, Activation activation = Activation::none);
  ~Linear() override;
  Tensor forward(const Tensor& input);
  void prepare(const Inference& inference) override;

 private:
  struct Packed;
  Activation activation_;
  Tensor weight_, bias_;
  std::unique_ptr<Packed> packed_;
  bool fused_ = false;  ///< on a GPU: bias and activation in the product's own kernel
};

/// Linear layers with ReLU between them. Names: layers.0.weight, ...
class CLIPWORK_API Mlp : public torch::nn::Module {
 public:
  Mlp(int64_t in, int64_t hidden, int64_t out, int64_t layers);
  Tensor forward(Tensor x);

 private:
  std::vector<std::shared_ptr<Linear>> layers_;
};

}  // namespace clipwork
