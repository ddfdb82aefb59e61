#pragma once
// The part that a parameter plays in its module.

#include <clipwork/component.h>
#include <clipwork/host/checkpoint.h>

#include <vector>

namespace clipwork {

/// True if a value belongs to the weights: a floating-point parameter, or a floating-point buffer
/// that a norm keeps. Other buffers (index tables, means of pixels, masks) are computed by the
/// model itself.
bool is_weight(const NamedParameter& parameter);

/// Whether a parameter belongs to a norm or to a learned table (detectron2, `build_optimizer`).
enum class ParameterRole { weight, norm, table };
/// The roles of a component's parameters, in the order of `named_parameters` without its buffers.
std::vector<ParameterRole> parameter_roles(Component& component);

}  // namespace clipwork
