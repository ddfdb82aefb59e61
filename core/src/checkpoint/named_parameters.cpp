#include <clipwork/host/checkpoint.h>
#include <clipwork/module.h>

#include "checkpoint/renames.h"

namespace clipwork {

std::vector<NamedParameter> named_parameters(Component& component) {
  std::vector<NamedParameter> all;
  torch::nn::Module* module = component.weights();
  if (!module) return all;
  const WeightNames names = component.weight_names();
  const Renames published(names.published);
  for (const auto& parameter : module->named_parameters()) {
    all.push_back({published.apply(names.prefix + parameter.key()), parameter.value(), false});
  }
  for (const auto& buffer : module->named_buffers()) {
    all.push_back({published.apply(names.prefix + buffer.key()), buffer.value(), true});
  }
  return all;
}

}  // namespace clipwork
