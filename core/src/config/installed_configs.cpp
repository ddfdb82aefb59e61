#include <clipwork/host/installed_configs.h>
#include <clipwork/host/platform.h>

#include <algorithm>

namespace clipwork {

namespace fs = std::filesystem;

fs::path installed_configs() {
  return (library_folder() / CLIPWORK_CONFIGS_FROM_LIBRARY).lexically_normal();
}

std::vector<std::string> runnable_configs(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    fs::path name = entry.path().lexically_relative(folder);
    bool base = std::any_of(name.begin(), name.end(),
                            [](const fs::path& part) { return part.string().starts_with('_'); });
    if (*name.begin() == "tables") continue;
    bool other = name.filename() == "metafile.toml" || name.filename() == "recipe.toml";
    if (base || other || name.extension() != ".toml") continue;
    names.push_back(name.string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace clipwork
