#include <clipwork/error.h>
#include <clipwork/host/platform.h>
#include <clipwork/host/registry.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "search_path.h"

namespace fs = std::filesystem;

namespace clipwork {
namespace {

fs::path program_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

/// Where `cmake --install --prefix ~/.local` puts a plugin; empty without a home.
fs::path user_folder() {
  const char* home = std::getenv("HOME");
  if (!home || !fs::path(home).is_absolute()) return {};
  return fs::path(home) / ".local/lib/clipwork/plugins";
}

}  // namespace

std::vector<std::string> Registry::search_path(const std::vector<std::string>& extra_folders) {
  std::vector<std::string> folders;
  auto add = [&](const fs::path& folder) {
    std::string normal = folder.lexically_normal().string();
    if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
    if (std::ranges::find(folders, normal) == folders.end()) folders.push_back(normal);
  };
  for (const std::string& folder : extra_folders) {
    if (!fs::is_directory(folder)) {
      throw InputError(cat("the plugin folder '", folder, "' does not exist"), "--plugin-path",
                       "use a folder that contains plugins (*.so)");
    }
    add(fs::absolute(folder));
  }
  if (const char* given = std::getenv("CLIPWORK_PLUGIN_PATH")) {
    std::istringstream list(given);
    for (std::string folder; std::getline(list, folder, ':');) {
      if (folder.empty()) continue;
      if (!fs::path(folder).is_absolute()) {
        throw InputError(cat("the folder '", folder, "' is a relative path"),
                         "CLIPWORK_PLUGIN_PATH", "use absolute paths, separated by ':'");
      }
      add(folder);
    }
  }
  if (fs::path folder = program_folder(); !folder.empty()) add(folder.parent_path() / "plugins");
  if (fs::path library = library_folder(); !library.empty()) add(library / "clipwork" / "plugins");
  // Last: what lies in a home folder never takes the place of the installation's.
  if (fs::path folder = user_folder(); !folder.empty()) add(folder);
  return folders;
}

std::vector<std::string> plugin_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
    if (entry.path().extension() == ".so") files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace clipwork
