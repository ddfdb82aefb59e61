#pragma once
// The values of a config that its results depend on.

#include <clipwork/host/config.h>

#include <string>
#include <string_view>
#include <vector>

namespace clipwork::runs {

/// True if results of inference depend on the value at this path of a config. Data and weights do
/// not count: they are identified by their hashes, not by their names.
bool affects_results(std::string_view path);

/// "PATH = VALUE" for each value of a config whose path `counts`, sorted.
std::vector<std::string> value_lines(const Config& config, bool (*counts)(std::string_view path));

}  // namespace clipwork::runs
