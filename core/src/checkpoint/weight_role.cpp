#include "checkpoint/weight_role.h"

#include <clipwork/models/mask2former_layers.h>
#include <clipwork/module.h>
#include <clipwork/ops/norm.h>

#include <functional>

namespace clipwork {

namespace {

ParameterRole role_of(const torch::nn::Module& owner) {
  if (is_norm(owner)) return ParameterRole::norm;
  return is_table(owner) ? ParameterRole::table : ParameterRole::weight;
}

}  // namespace

bool is_weight(const NamedParameter& parameter) {
  if (!parameter.value.is_floating_point()) return false;
  if (!parameter.buffer) return true;
  for (const char* ending : {"running_mean", "running_var", "weight", "bias"}) {
    if (parameter.name.ends_with(ending)) return true;
  }
  return false;
}

std::vector<ParameterRole> parameter_roles(Component& component) {
  std::vector<ParameterRole> roles;
  torch::nn::Module* module = component.weights();
  if (!module) return roles;
  // The order of named_parameters: a module's own before those of its children.
  std::function<void(const torch::nn::Module&)> visit = [&](const torch::nn::Module& owner) {
    roles.insert(roles.end(), owner.parameters(/*recurse=*/false).size(), role_of(owner));
    for (const auto& child : owner.children()) visit(*child);
  };
  visit(*module);
  return roles;
}

}  // namespace clipwork
