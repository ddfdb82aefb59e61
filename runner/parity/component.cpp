#include "component.h"

#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/module.h>
#include <clipwork/parameters.h>

namespace clipwork::parity {

std::shared_ptr<Component> make_component_alone(const std::string& kind, const Value& table,
                                                const Given& given, const Case& golden,
                                                const Options& options) {
  const ComponentInfo& info = Registry::instance().find(kind, *table.find("type")->text());
  Faults faults;
  Describer describer(&table, kind, faults, {"type"});
  std::shared_ptr<void> parameters = info.describe(describer);
  describer.finish();
  faults.raise();
  info.contract(parameters.get(), given);
  std::shared_ptr<Component> component = info.make(parameters.get(), given);
  if (torch::nn::Module* module = component->weights()) {
    module->eval();
    fill_by_rule({component.get()}, golden.weights());
  }
  component->prepare({/*plain=*/!options.packed});
  return component;
}

}  // namespace clipwork::parity
