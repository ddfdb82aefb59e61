#include <clipwork/error.h>
#include <clipwork/host/component_call.h>
#include <clipwork/host/planned_component.h>
#include <clipwork/ref.h>
#include <clipwork/text.h>

#include "checked_component.h"

namespace clipwork {

std::string PlannedComponent::called() const { return info->called(); }

std::vector<std::string> component_names(const std::string& kind) {
  std::vector<std::string> names;
  for (const ComponentInfo* info : Registry::instance().components(kind)) {
    names.push_back(info->name);
  }
  return names;
}

const PlannedComponent* ComponentPlanner::plan(const std::string& place, const std::string& kind,
                                               const Value& table, const Given& given) {
  if (auto known = by_place_.find(place); known != by_place_.end()) return known->second;
  if (!under_way_.insert(place).second) {
    faults_.add(table.origin(), cat("[", place, "] refers to itself"));
    return nullptr;
  }
  auto component = std::make_shared<PlannedComponent>();
  component->place = place;
  component->origin = table.origin();
  component->given = given;
  const bool sound = read(*component, kind, table);
  under_way_.erase(place);
  by_place_[place] = sound ? component.get() : nullptr;
  if (sound) planned_.push_back(std::move(component));
  return by_place_[place];
}

bool ComponentPlanner::read(PlannedComponent& component, const std::string& kind,
                            const Value& table) {
  const Value* type = table.find("type");
  const std::string* name = type ? type->text() : nullptr;
  if (!name) {
    faults_.add(type ? type->origin() : table.origin(),
                cat("[", component.place, "] needs type = \"...\", the name of a ", kind),
                cat("available: ", join(component_names(kind))));
    return false;
  }
  try {
    component.info = &Registry::instance().find(kind, *name);
  } catch (const InputError& error) {
    faults_.add(type->origin(), error.problem(), error.advice());
    return false;
  }
  const ComponentInfo& info = *component.info;
  const auto add_fault = [&](const Error& error) {
    faults_.add(table.origin(), cat(error.where(), ": ", error.problem()), error.advice());
  };
  const size_t before = faults_.size();
  Describer describer(&table, component.place, faults_, {"type"});
  try {
    call_component(info, OwnErrors::named,
                   [&] { component.parameters = info.describe(describer); });
  } catch (const Error& error) {
    add_fault(error);
    return false;
  }
  describer.finish();
  component.description = describer.parameters();
  // Contracts may rely on sound parameters.
  if (!read_references(component, describer) || faults_.size() != before) return false;
  if (parameters_only_) return false;
  try {
    call_component(info, OwnErrors::named, [&] {
      component.contract = info.contract(component.parameters.get(), component.given);
    });
  } catch (const Error& error) {
    add_fault(error);
    return false;
  }
  return true;
}

bool ComponentPlanner::read_references(PlannedComponent& component, const Describer& described) {
  bool sound = true;
  for (const auto& [parameter, reference] : described.references()) {
    if (reference->config.is_none()) continue;
    const bool shared = reference->config.text() != nullptr;
    const PlannedComponent* target =
        shared ? plan_shared(component, parameter, *reference)
               : plan(cat(component.place, ".", parameter), reference->kind, reference->config,
                      component.given);
    if (!target) {
      sound = false;
      continue;
    }
    reference->promise = target->contract;
    component.references.push_back({reference, target, shared});
  }
  return sound;
}

const PlannedComponent* ComponentPlanner::plan_shared(const PlannedComponent& owner,
                                                      const std::string& parameter,
                                                      const RefBase& reference) {
  const std::string& text = *reference.config.text();
  const std::string place = text.substr(text.starts_with('@') ? 1 : 0);
  const Value* table = root_ && text.starts_with('@') ? root_->find(place) : nullptr;
  if (table) return plan(place, reference.kind, *table, owner.given);
  // A default has no place of its own.
  const Origin& written = reference.config.origin();
  const Origin& origin = written.file.empty() ? owner.origin : written;
  const std::string problem = cat(owner.place, ".", parameter, " = ", reference.config.toml());
  if (root_) {
    faults_.add(
        origin, cat(problem, " is not a component"),
        "write \"@model.NAME\" to refer to an existing component, or a table with type = \"...\"");
  } else {
    faults_.add(origin,
                cat(problem, " refers to another component of a config, but ", owner.called(),
                    " is created alone"),
                cat("write a table with type = \"...\", the name of a ", reference.kind));
  }
  return nullptr;
}

std::shared_ptr<Component> ComponentBuilder::operator()(const PlannedComponent& planned) {
  std::shared_ptr<Component>& built = built_[&planned];
  if (built) return built;
  for (const PlannedComponent::Reference& reference : planned.references) {
    reference.parameter->component = (*this)(*reference.target);
  }
  call_component(*planned.info, OwnErrors::as_they_are,
                 [&] { built = planned.info->make(planned.parameters.get(), planned.given); });
  built = checked_component(*planned.info, std::move(built));
  // The component has copied its parameters; the plan is left as it was.
  for (const PlannedComponent::Reference& reference : planned.references) {
    reference.parameter->component = nullptr;
  }
  return built;
}

}  // namespace clipwork
