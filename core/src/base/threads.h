#pragma once

#include <filesystem>
#include <vector>

namespace clipwork {

/// `usable_cores` of a process that may run on these processors, with the files of /proc and /sys
/// below `root`.
int usable_cores(const std::vector<int>& processors, const std::filesystem::path& root);

}  // namespace clipwork
