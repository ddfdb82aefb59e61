#pragma once
#include <clipwork/registrar.h>

#include <memory>

namespace clipwork {

/// The component as everybody but its builder sees it. Data sets, samples, transforms, loss terms,
/// sources, sinks, painters and picture readers are also called by other components, out of the
/// loop's sight: what they return is checked at every call, and what they throw without a place
/// names them. Other kinds are returned as they are; the loop checks them. `info` outlives it.
std::shared_ptr<Component> checked_component(const ComponentInfo& info,
                                             std::shared_ptr<Component> component);

}  // namespace clipwork
