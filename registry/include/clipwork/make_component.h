#pragma once
// Components that a program makes by name, outside a pipeline: a source, a sink, a painter.

#include <clipwork/registry.h>

#include <memory>
#include <string>

namespace clipwork {

/// The component of this kind and name with these parameters (a table; what is not in it has its
/// default). Throws InputError where there is none of that name or a parameter is wrong. Components
/// that want something of their neighbours cannot be made so.
template <class Kind>
std::shared_ptr<Kind> make_component(const std::string& name, const Value& parameters) {
  const ComponentInfo& info = Registry::instance().find(Kind::kKind, name);
  Faults faults;
  Describer describer(&parameters, cat(Kind::kKind, " '", name, "'"), faults);
  const std::shared_ptr<void> filled = info.describe(describer);
  describer.finish();
  faults.raise();
  return std::dynamic_pointer_cast<Kind>(info.make(filled.get(), {}));
}

}  // namespace clipwork
