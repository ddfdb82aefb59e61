#pragma once
// AdamW with a rate and a decay for every parameter, as the recipes of the public code group them.

#include <clipwork/checkpoint.h>
#include <clipwork/parameters.h>

#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// The part of `[train]` that says how parameters move.
struct OptimizerSection {
  double rate = 1e-4, weight_decay = 0.05, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  /// Regular expressions searched in full parameter names, and factors; the first match counts.
  std::vector<std::pair<std::string, double>> rate_factors, decay_factors;
  /// Norms and learned tables are not decayed, nor are parameters whose names have one of these.
  bool decay_norms = false, decay_tables = false;
  std::vector<std::string> no_decay = {"relative_position_bias_table", "absolute_pos_embed"};
  double clip_norm = 0.01;  ///< of all gradients together, 2-norm; 0: no limit
  void describe(Describer& d);
};

/// Whether a parameter belongs to a norm or to a learned table (detectron2, `build_optimizer`).
enum class ParameterRole { weight, norm, table };
/// The roles of a component's parameters, in the order of `named_parameters` without its buffers.
std::vector<ParameterRole> parameter_roles(Component& component);

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
/// Multiplies all gradients by min(1, limit / (norm + 1e-6)) (PyTorch, `clip_grad_norm_`).
void clip_gradients(const std::vector<TrainedParameter>& parameters, double norm, double limit);

/// PyTorch's AdamW (decoupled decay), one step count for each parameter.
class __attribute__((visibility("default"))) AdamW {
 public:
  AdamW(std::vector<TrainedParameter> parameters, const OptimizerSection& section);
  /// One step at `rate_factor` times the section's rate. Parameters without a gradient stay as they
  /// are.
  void step(double rate_factor = 1);
  void clear_gradients();
  const std::vector<TrainedParameter>& parameters() const { return parameters_; }

  /// What a parameter's steps have left; undefined before its first.
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
