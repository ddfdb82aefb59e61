#include <c10/core/GradMode.h>
#include <clipwork/checkpoint.h>
#include <clipwork/initialise.h>
#include <clipwork/module.h>
#include <clipwork/optimizer.h>

#include <cmath>

#include "checkpoint/weight_role.h"

namespace clipwork {

namespace {

void fill(Tensor& value, ParameterRole role, at::Generator& generator) {
  if (role == ParameterRole::table) {
    value.normal_(0, 1, generator);
  } else if (role == ParameterRole::norm && value.dim() == 1) {
    value.fill_(1);
  } else if (value.dim() < 2) {
    value.zero_();
  } else {
    auto inputs = static_cast<double>(value[0].numel()),
         outputs = static_cast<double>(value.size(0));
    double variance = value.dim() == 2 ? 2 / (inputs + outputs) : 1 / inputs;
    double limit = std::sqrt(3 * variance);
    value.uniform_(-limit, limit, generator);
  }
}

void set_own_values(torch::nn::Module& module) {
  for (const auto& child : module.children()) set_own_values(*child);
  if (auto* own = dynamic_cast<HasInitialValues*>(&module)) own->set_initial_values();
}

}  // namespace

void initialise(const std::vector<Component*>& components, Generators& random) {
  c10::NoGradGuard no_gradient;
  for (Component* component : components) {
    torch::nn::Module* module = component->weights();
    if (!module) continue;
    std::vector<ParameterRole> roles = parameter_roles(*component);
    size_t place = 0;
    for (NamedParameter& one : named_parameters(*component)) {
      if (one.buffer) {
        bool is_factor = one.name.ends_with("running_var") || one.name.ends_with("weight");
        if (is_weight(one)) one.value.fill_(is_factor ? 1 : 0);
        continue;
      }
      ParameterRole role = roles.at(place++);
      if (one.name.ends_with("bias")) {
        one.value.zero_();
      } else {
        fill(one.value, role, random("weights." + one.name));
      }
    }
    set_own_values(*module);
  }
}

}  // namespace clipwork
