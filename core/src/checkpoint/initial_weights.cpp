#include <c10/core/GradMode.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/initial_weights.h>

#include <algorithm>
#include <cmath>

#include "base/patterns.h"
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
  if (shape.size() < 2) return;
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
    Patterns as_built(component->weight_names().as_built, "as_built of a component");
    size_t place = 0;
    for (NamedParameter& parameter : named_parameters(*component)) {
      const ParameterRole role = parameter.buffer ? ParameterRole::norm : roles.at(place++);
      const bool stays = as_built.any(parameter.name);
      if (is_weight(parameter) && !stays) fill(parameter, role, seed);
    }
  }
}

}  // namespace clipwork
