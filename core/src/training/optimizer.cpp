#include <ATen/TensorOperators.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/optimizer.h>
#include <clipwork/loss.h>
#include <clipwork/module.h>

#include <cmath>
#include <map>

#include "base/patterns.h"
#include "checkpoint/weight_role.h"

namespace clipwork {

namespace {

/// Gradients that travel together.
class Bucket {
 public:
  explicit Bucket(Communicator& world) : world_(world) {}
  void add(const Tensor& gradient) {
    constexpr size_t kBytes = size_t{25} << 20;
    bool other = !gradients_.empty() && (gradients_[0].dtype() != gradient.dtype() ||
                                         gradients_[0].device() != gradient.device());
    if (other || bytes_ + gradient.nbytes() > kBytes) average();
    gradients_.push_back(gradient);
    bytes_ += gradient.nbytes();
  }
  void average() {
    if (gradients_.empty()) return;
    std::vector<Tensor> flat;
    for (const Tensor& gradient : gradients_) flat.push_back(gradient.reshape({-1}));
    Tensor all = at::cat(flat);
    world_.add_up({all});
    all.div_(world_.size());
    int64_t start = 0;
    for (const Tensor& gradient : gradients_) {
      gradient.copy_(all.narrow(0, start, gradient.numel()).view(gradient.sizes()));
      start += gradient.numel();
    }
    gradients_.clear();
    bytes_ = 0;
  }

 private:
  Communicator& world_;
  std::vector<Tensor> gradients_;
  size_t bytes_ = 0;
};

std::vector<Tensor> gradients_of(const std::vector<TrainedParameter>& parameters) {
  std::vector<Tensor> gradients;
  for (const TrainedParameter& parameter : parameters) {
    if (parameter.value.grad().defined()) gradients.push_back(parameter.value.grad());
  }
  return gradients;
}

}  // namespace

std::vector<TrainedParameter> group_parameters(const std::vector<Component*>& components,
                                               const OptimizerSection& section) {
  Factors rates(section.rate_factors, "train.rate_factors");
  Factors decays(section.decay_factors, "train.decay_factors");
  Patterns undecayed(section.no_decay, "train.no_decay");
  std::vector<TrainedParameter> grouped;
  for (Component* component : components) {
    std::vector<ParameterRole> roles = parameter_roles(*component);
    size_t place = 0;
    for (const NamedParameter& parameter : named_parameters(*component)) {
      if (parameter.buffer) continue;
      ParameterRole role = roles.at(place++);
      // A factor of a part that is frozen is no mistake: recipes share the factor of the backbone.
      double rate_factor = rates.of(parameter.name), decay_factor = decays.of(parameter.name);
      if (!parameter.value.requires_grad()) continue;
      bool decay = (role != ParameterRole::norm || section.decay_norms) &&
                   (role != ParameterRole::table || section.decay_tables) &&
                   !undecayed.any(parameter.name);
      grouped.push_back({parameter.name, parameter.value, rate_factor,
                         decay ? section.weight_decay * decay_factor : 0});
    }
  }
  constexpr const char* kAdvice = "`clipwork weights FILE` lists the names in a checkpoint";
  rates.check_used("parameter", kAdvice);
  decays.check_used("parameter", kAdvice);
  return grouped;
}

double gradient_norm(const std::vector<TrainedParameter>& parameters) {
  c10::NoGradGuard no_gradient;
  std::vector<Tensor> gradients = gradients_of(parameters);
  if (gradients.empty()) return 0;
  double norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2))).item<double>();
  if (std::isfinite(norm)) return norm;
  for (const TrainedParameter& parameter : parameters) {
    const Tensor& gradient = parameter.value.grad();
    if (gradient.defined() && !gradient.isfinite().all().item<bool>()) {
      throw NotFinite(cat("the gradient of ", parameter.name), "");
    }
  }
  throw NotFinite("the norm of all gradients", "");
}

void clip_gradients(const std::vector<TrainedParameter>& parameters, double norm, double limit) {
  c10::NoGradGuard no_gradient;
  // The public code multiplies by 1 where the limit is not reached.
  double factor = limit / (norm + 1e-6);
  if (factor < 1) at::_foreach_mul_(gradients_of(parameters), factor);
}

void average_gradients(const std::vector<TrainedParameter>& parameters, Communicator& world) {
  if (world.size() == 1) return;
  c10::NoGradGuard no_gradients;
  Tensor present = at::zeros({static_cast<int64_t>(parameters.size())});
  auto* has = present.mutable_data_ptr<float>();
  for (size_t i = 0; i < parameters.size(); ++i) has[i] = parameters[i].value.grad().defined();
  world.add_up({present});
  Bucket bucket(world);
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (has[i] == 0) continue;
    Tensor value = parameters[i].value;
    if (!value.grad().defined()) value.mutable_grad() = at::zeros_like(value);
    bucket.add(value.grad());
  }
  bucket.average();
}

AdamW::AdamW(std::vector<TrainedParameter> parameters, const OptimizerSection& section)
    : section_(section), parameters_(std::move(parameters)), memories_(parameters_.size()) {}

void AdamW::step(double rate_factor) {
  c10::NoGradGuard no_gradient;
  // One call of the library for all parameters of a rate and a decay.
  struct Group {
    std::vector<Tensor> values, gradients, means, squares, steps;
  };
  std::map<std::pair<double, double>, Group> groups;
  std::vector<Tensor> all_steps;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const TrainedParameter& parameter = parameters_[i];
    if (!parameter.value.grad().defined()) continue;
    Memory& memory = memories_[i];
    if (!memory.mean.defined()) {
      memory.mean = at::zeros_like(parameter.value);
      memory.square = at::zeros_like(parameter.value);
      memory.steps = at::zeros({}, parameter.value.options().dtype(at::kFloat));
    }
    all_steps.push_back(memory.steps);
    Group& group = groups[{parameter.rate_factor, parameter.weight_decay}];
    group.values.push_back(parameter.value);
    group.gradients.push_back(parameter.value.grad());
    group.means.push_back(memory.mean);
    group.squares.push_back(memory.square);
    group.steps.push_back(memory.steps);
  }
  if (!all_steps.empty()) at::_foreach_add_(all_steps, 1);
  for (auto& [settings, group] : groups) {
    double rate = section_.rate * rate_factor * settings.first;
    at::_fused_adamw_(group.values, group.gradients, group.means, group.squares, {}, group.steps,
                      rate, section_.beta1, section_.beta2, settings.second, section_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  }
}

void AdamW::clear_gradients() {
  for (TrainedParameter& parameter : parameters_) parameter.value.mutable_grad() = Tensor();
}

}  // namespace clipwork
