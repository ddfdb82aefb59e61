#include <clipwork/checkpoint.h>
#include <clipwork/module.h>

namespace clipwork {

std::vector<NamedParameter> named_parameters(Component& component) {
  std::vector<NamedParameter> all;
  torch::nn::Module* module = component.weights();
  if (!module) return all;
  const std::string prefix = component.weight_names().prefix;
  for (const auto& parameter : module->named_parameters()) {
    all.push_back({prefix + parameter.key(), parameter.value(), false});
  }
  for (const auto& buffer : module->named_buffers()) {
    all.push_back({prefix + buffer.key(), buffer.value(), true});
  }
  return all;
}

}  // namespace clipwork
