#include "training/training_mode.h"

#include <clipwork/host/checkpoint.h>
#include <clipwork/module.h>

#include "base/patterns.h"

namespace clipwork {

void set_training(const std::vector<Component*>& components, const TrainSection& section) {
  Patterns only(section.only, "train.only"), freeze(section.freeze, "train.freeze");
  Patterns evaluate(section.evaluate, "train.evaluate");
  for (Component* component : components) {
    component->weights()->train();
    std::string prefix = component->weight_names().prefix;
    if (prefix.ends_with('.')) prefix.pop_back();
    for (const auto& entry : component->weights()->named_modules(prefix, false)) {
      if (evaluate.any(entry.key())) entry.value()->eval();
    }
    for (NamedParameter& parameter : named_parameters(*component)) {
      if (parameter.buffer) continue;
      bool frozen = freeze.any(parameter.name);
      bool trained = only.empty() || only.any(parameter.name);
      parameter.value.set_requires_grad(trained && !frozen);
    }
  }
  only.check_used("parameter");
  freeze.check_used("parameter");
  evaluate.check_used("module");
}

}  // namespace clipwork
