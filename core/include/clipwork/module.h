#pragma once
// For components with weights: LibTorch's modules (slow to include) and the helpers that models are
// written with.

#include <clipwork/api.h>
#include <clipwork/component.h>
#include <torch/nn/module.h>

#include <string>

namespace clipwork {

/// Something with a plain form and a packed one.
class CLIPWORK_API Op {
 public:
  virtual ~Op();
  /// Makes the packed form from the parameters as they are now, or drops it (`plain`).
  virtual void prepare(const Inference& inference) = 0;
};

/// Prepares every Op in the tree of `module`.
void prepare_ops(torch::nn::Module& module, const Inference& inference);

/// Registers children under a dotted path: `add_child(*this, "stem.conv1", conv)` makes the module
/// "stem" on the way.
void add_child(torch::nn::Module& parent, const std::string& path,
               std::shared_ptr<torch::nn::Module> child);

template <class Child, class... Arguments>
std::shared_ptr<Child> make_child(torch::nn::Module& parent, const std::string& path,
                                  Arguments&&... arguments) {
  auto child = std::make_shared<Child>(std::forward<Arguments>(arguments)...);
  add_child(parent, path, child);
  return child;
}

/// Registers a parameter of this shape, zero until it is loaded.
Tensor make_parameter(torch::nn::Module& module, const std::string& name, at::IntArrayRef shape);
/// Registers a floating-point buffer of this shape.
Tensor make_buffer(torch::nn::Module& module, const std::string& name, at::IntArrayRef shape,
                   double value);

}  // namespace clipwork
