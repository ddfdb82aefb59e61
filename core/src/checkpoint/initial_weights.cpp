#include <c10/core/GradMode.h>
#include <clipwork/checkpoint.h>
#include <clipwork/initial_weights.h>
#include <clipwork/optimizer.h>

#include <cmath>

#include "checkpoint/weight_role.h"

namespace clipwork {
namespace {

/// Tables of rows that are looked up begin with variance 1 whatever their size.
double variance_of(at::IntArrayRef shape, ParameterRole role) {
  const double inputs = static_cast<double>(c10::multiply_integers(shape.slice(1)));
  if (role == ParameterRole::table) return 1;
  if (shape.size() > 2) return 2 / inputs;
  return 2 / (inputs + static_cast<double>(shape[0]));
}

void fill(NamedParameter& parameter, ParameterRole role, uint64_t seed) {
  const at::IntArrayRef shape = parameter.value.sizes();
  if (role == ParameterRole::norm || parameter.buffer) {
    const bool ones = parameter.name.ends_with("weight") || parameter.name.ends_with("running_var");
    parameter.value.fill_(ones ? 1 : 0);
    return;
  }
  // DeformableAttention begins with a star of places that all count alike.
  const bool as_built = parameter.name.find("sampling_offsets.") != std::string::npos ||
                        parameter.name.find("attention_weights.") != std::string::npos;
  if (shape.size() < 2 || as_built) return;
  // The rule's own variance is 1 / inputs.
  const double inputs = static_cast<double>(c10::multiply_integers(shape.slice(1)));
  const double gain = std::sqrt(variance_of(shape, role) * inputs);
  parameter.value.copy_(tensor_by_rule(parameter.name, shape, {seed, {{"", gain}}}));
}

}  // namespace

void fill_initial(const std::vector<Component*>& components, uint64_t seed) {
  c10::NoGradGuard no_gradient;
  for (Component* component : components) {
    const std::vector<ParameterRole> roles = parameter_roles(*component);
    size_t place = 0;
    for (NamedParameter& parameter : named_parameters(*component)) {
      const ParameterRole role = parameter.buffer ? ParameterRole::norm : roles.at(place++);
      if (is_weight(parameter)) fill(parameter, role, seed);
    }
  }
}

}  // namespace clipwork
