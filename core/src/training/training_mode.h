#pragma once
// Selects the modules and parameters that learn.

#include <clipwork/component.h>
#include <clipwork/host/sections.h>

#include <vector>

namespace clipwork {

/// Puts modules into training or evaluation mode, and takes gradients from frozen parameters.
/// Throws InputError where a pattern is no regular expression or finds nothing.
void set_training(const std::vector<Component*>& components, const TrainSection& section);

}  // namespace clipwork
