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
  ComponentBuilder build;
  std::shared_ptr<Component> component = build(*planned);
  for (const auto& part : planner.planned()) {
    const std::shared_ptr<Component> built = build(*part);
    if (torch::nn::Module* module = built->weights()) {
      module->eval();
      fill_by_rule({built.get()}, golden.weights());
    }
  }
  component->prepare({/*plain=*/!options.packed});
  return component;
}

}  // namespace clipwork::parity
