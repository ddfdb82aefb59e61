#pragma once
#include <string>
#include <vector>

namespace clipwork {

/// The plugins (*.so) in a folder, sorted by name; none where the folder is not there.
std::vector<std::string> plugin_files(const std::string& folder);

}  // namespace clipwork
