#include <clipwork/host/planned_component.h>
#include <clipwork/make_component.h>

namespace clipwork {

std::shared_ptr<Component> make_component(const std::string& kind, const std::string& name,
                                          const Value& parameters) {
  Value table = parameters;
  const Value* type = table.find("type");
  if (!type || !type->text() || *type->text() != name) {
    table.set("type", Value(name, parameters.origin()));
  }
  Faults faults;
  ComponentPlanner planner(nullptr, faults);
  const PlannedComponent* planned = planner.plan(cat(kind, " '", name, "'"), kind, table, Given());
  faults.raise();
  return ComponentBuilder()(*planned);
}

}  // namespace clipwork
