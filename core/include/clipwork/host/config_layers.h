#pragma once
// Configs put together from files that do not extend each other.

#include <clipwork/host/config.h>

#include <optional>
#include <string>
#include <vector>

namespace clipwork {

/// As `load_config`, of several files: each is laid over those before it, as if one config extended
/// them all in this order.
std::optional<Config> load_layers(const std::vector<std::string>& files,
                                  const std::vector<Override>& overrides, Faults& faults);

}  // namespace clipwork
