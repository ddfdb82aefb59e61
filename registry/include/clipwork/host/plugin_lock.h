#pragma once
// Lock files: which plugin files are the right ones. `clipwork plugins lock` writes one, `clipwork
// plugins verify` compares, and with CLIPWORK_PLUGIN_LOCK=FILE no other plugin is loaded.

#include <clipwork/api.h>
#include <clipwork/host/registry.h>

#include <string>
#include <vector>

namespace clipwork {

/// A line of a lock file.
struct LockedPlugin {
  std::string name, version;
  std::string sha256;  ///< of its file
};

/// The text of a lock file: the plugins that a process would load, sorted by name. Refused and
/// shadowed ones are left out.
CLIPWORK_API std::string plugin_lock_text(const std::vector<PluginInfo>& plugins);

/// Throws InputError where the file cannot be read or is not a lock file.
CLIPWORK_API std::vector<LockedPlugin> read_plugin_lock(const std::string& file);

/// What differs, one line each: locked plugins that are missing, refused or other files, and
/// plugins that are not locked.
CLIPWORK_API std::vector<std::string> lock_differences(const std::vector<LockedPlugin>& locked,
                                                       const std::vector<PluginInfo>& plugins);

}  // namespace clipwork
