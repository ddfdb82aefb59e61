#pragma once
// AdamW with a rate and a decay for every parameter, as the recipes of the public code group them.

#include <clipwork/api.h>
#include <clipwork/communicator.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/sections.h>

#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// A parameter, with what multiplies the rate, and its decay.
struct TrainedParameter {
  std::string name;
  Tensor value;
  double rate_factor = 1, weight_decay = 0;
};

/// Every parameter of the components that needs a gradient, once, with rate and decay by the
/// section. Throws InputError where a pattern is not a regular expression, or matches nothing.
std::vector<TrainedParameter> group_parameters(const std::vector<Component*>& components,
                                               const OptimizerSection& section);

/// The 2-norm of all gradients together. Throws NotFinite that names the first parameter whose
/// gradient is not finite.
double gradient_norm(const std::vector<TrainedParameter>& parameters);
/// Replaces gradients by their mean over processes, in the order of the parameters, in pieces of 25
/// MB. A parameter that has a gradient in one process gets one in all.
void average_gradients(const std::vector<TrainedParameter>& parameters, Communicator& world);

/// Multiplies all gradients by min(1, limit / (norm + 1e-6)) (PyTorch, `clip_grad_norm_`).
void clip_gradients(const std::vector<TrainedParameter>& parameters, double norm, double limit);

/// PyTorch's AdamW (decoupled decay), one step count for each parameter.
class CLIPWORK_API AdamW {
 public:
  AdamW(std::vector<TrainedParameter> parameters, const OptimizerSection& section);
  /// One step at `rate_factor` times the section's rate. Parameters without a gradient stay as they
  /// are.
  void step(double rate_factor = 1);
  void clear_gradients();
  const std::vector<TrainedParameter>& parameters() const { return parameters_; }

  /// The state that steps leave for a parameter; undefined before its first.
  struct Memory {
    Tensor mean, square, steps;  ///< of its shape twice; float scalar
  };
  std::vector<Memory>& memories() { return memories_; }

 private:
  OptimizerSection section_;
  std::vector<TrainedParameter> parameters_;
  std::vector<Memory> memories_;
};

}  // namespace clipwork
