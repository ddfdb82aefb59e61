#include <clipwork/error.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/ref.h>

namespace clipwork {

std::shared_ptr<Component> make_component(const std::string& kind, const std::string& name,
                                          const Value& parameters) {
  const ComponentInfo& info = Registry::instance().find(kind, name);
  Faults faults;
  Describer describer(&parameters, cat(kind, " '", name, "'"), faults, {"type"});
  const std::shared_ptr<void> filled = info.describe(describer);
  describer.finish();
  faults.raise();
  for (const auto& [parameter, reference] : describer.references()) {
    if (reference->config.is_none()) continue;
    const Value* type = reference->config.find("type");
    if (!type || !type->text()) {
      throw InputError(
          cat(parameter, " has no type"), reference->config.origin().text(),
          cat("expected a table with type = \"...\", a component of kind '", reference->kind, "'"));
    }
    reference->component = make_component(reference->kind, *type->text(), reference->config);
  }
  try {
    info.contract(filled.get(), {});
  } catch (Error& error) {
    const std::string place = parameters.origin().text();
    error.within(cat(place, place.empty() ? "" : ": ", kind, " '", name, "'"));
    throw;
  }
  return info.make(filled.get(), {});
}

}  // namespace clipwork
