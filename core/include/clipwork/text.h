#pragma once
// Text put together from parts.

#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// The parts with `between` from one to the next.
std::string join(const std::vector<std::string>& parts, std::string_view between = ", ");

}  // namespace clipwork
