#pragma once
// The configs that come with Clipwork, named "clipwork:FILE".

#include <filesystem>
#include <string>
#include <vector>

namespace clipwork {

/// The folder of the configs that were installed with the running program.
std::filesystem::path installed_configs();

/// The configs in a folder and its subfolders that can be run, as paths relative to it, sorted:
/// bases (in a folder or file whose name begins with "_"), metafiles, recipes of several stages and
/// the papers' tables are left out.
std::vector<std::string> runnable_configs(const std::filesystem::path& folder);

}  // namespace clipwork
