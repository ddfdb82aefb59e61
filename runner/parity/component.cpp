#include "component.h"

#include <clipwork/host/checkpoint.h>
#include <clipwork/host/planned_component.h>
#include <clipwork/module.h>

namespace clipwork::parity {

std::shared_ptr<Component> make_component_alone(const std::string& kind, const Value& table,
                                                const Given& given, const Case& golden,
                                                const Options& options) {
  Faults faults;
  ComponentPlanner planner(nullptr, faults);
  const PlannedComponent* planned = planner.plan(kind, kind, table, given);
  faults.raise();
  std::shared_ptr<Component> component = ComponentBuilder()(*planned);
  if (torch::nn::Module* module = component->weights()) {
    module->eval();
    fill_by_rule({component.get()}, golden.weights());
  }
  component->prepare({/*plain=*/!options.packed});
  return component;
}

}  // namespace clipwork::parity
