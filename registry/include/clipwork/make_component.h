#pragma once
// Components that a program makes by name, outside a pipeline: a source, a sink, a data set.

#include <clipwork/component.h>
#include <clipwork/value.h>

#include <memory>
#include <string>

namespace clipwork {

/// The component of this kind and name with these parameters (a table; what is not in it has its
/// default; `type` is not looked at). Parameters that are components themselves are tables with a
/// `type`, and made first. Throws InputError where there is none of that name or a parameter is
/// wrong. Components that want something of their neighbours cannot be made so.
std::shared_ptr<Component> make_component(const std::string& kind, const std::string& name,
                                          const Value& parameters);

template <class Kind>
std::shared_ptr<Kind> make_component(const std::string& name, const Value& parameters) {
  return std::dynamic_pointer_cast<Kind>(make_component(Kind::kKind, name, parameters));
}

}  // namespace clipwork
