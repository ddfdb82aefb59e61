#pragma once

#include <clipwork/registry.h>

#include <memory>
#include <string>

namespace clipwork::cli {

/// A component that the program itself needs (a source, a sink), with these parameters.
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

}  // namespace clipwork::cli
