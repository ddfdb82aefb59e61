#pragma once
// One component alone, for kinds of cases that run a part of a model.

#include <clipwork/component.h>
#include <clipwork/value.h>

#include <memory>
#include <string>

#include "case.h"
#include "kinds.h"

namespace clipwork::parity {

/// The component that `table` describes ("type" and parameters), as its neighbours' gifts `given`
/// make it, with the case's weights, also in the components that it refers to, and prepared as
/// `options` say. Throws InputError where a
/// parameter or the contract is wrong.
std::shared_ptr<Component> make_component_alone(const std::string& kind, const Value& table,
                                                const Given& given, const Case& golden,
                                                const Options& options);

template <class Kind>
std::shared_ptr<Kind> make_alone(const Value& table, const Given& given, const Case& golden,
                                 const Options& options) {
  return std::dynamic_pointer_cast<Kind>(
      make_component_alone(Kind::kKind, table, given, golden, options));
}

}  // namespace clipwork::parity
