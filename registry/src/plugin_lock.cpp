#include <clipwork/host/plugin_lock.h>

#include <clipwork/error.h>
#include <clipwork/plugin_note.h>
#include <clipwork/read_file.h>

#include <algorithm>
#include <sstream>

namespace clipwork {
namespace {

constexpr const char* kHeading = "# Clipwork plugins: name, SHA-256 of the file, version\n";
constexpr size_t kMaxLockBytes = 1 << 20;

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

/// True if a process would load it.
bool counts(const PluginInfo& plugin) {
  return plugin.refusal.empty() && plugin.shadowed_by.empty();
}

}  // namespace

std::string plugin_lock_text(const std::vector<PluginInfo>& plugins) {
  std::vector<std::string> lines;
  for (const PluginInfo& plugin : plugins) {
    if (counts(plugin))
      lines.push_back(cat(plugin.name, " ", plugin.sha256, " ", plugin.version, "\n"));
  }
  std::ranges::sort(lines);
  std::string text = kHeading;
  for (const std::string& line : lines) text += line;
  return text;
}

std::vector<LockedPlugin> read_plugin_lock(const std::string& file) {
  std::istringstream text(read_file(file, kMaxLockBytes));
  std::vector<LockedPlugin> locked;
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words(line);
    LockedPlugin plugin;
    words >> plugin.name >> plugin.sha256 >> std::ws;
    std::getline(words, plugin.version);
    if (!is_plugin_name(plugin.name) || !is_sha256(plugin.sha256)) {
      throw InputError("expected the name of a plugin, its SHA-256 and its version",
                       cat(file, ":", number), "`clipwork plugins lock` writes such a file");
    }
    locked.push_back(std::move(plugin));
  }
  return locked;
}

std::vector<std::string> lock_differences(const std::vector<LockedPlugin>& locked,
                                          const std::vector<PluginInfo>& plugins) {
  std::vector<std::string> lines;
  for (const LockedPlugin& plugin : locked) {
    const auto found = std::ranges::find_if(plugins, [&](const PluginInfo& info) {
      return info.name == plugin.name && info.shadowed_by.empty();
    });
    if (found == plugins.end()) {
      lines.push_back(cat(plugin.name, " ", plugin.version, ": the plugin was not found"));
    } else if (found->sha256 != plugin.sha256) {
      lines.push_back(cat(plugin.name, ": expected version ", plugin.version, " with SHA-256 ",
                          plugin.sha256, ", found version ", found->version, " with ",
                          found->sha256, " in ", found->file));
    } else if (!found->refusal.empty()) {
      lines.push_back(cat(plugin.name, ": ", found->file, " is refused: ", found->refusal));
    }
  }
  for (const PluginInfo& plugin : plugins) {
    if (counts(plugin) &&
        std::ranges::find(locked, plugin.name, &LockedPlugin::name) == locked.end())
      lines.push_back(cat(plugin.name, ": ", plugin.file, " is not in the lock file"));
  }
  return lines;
}

}  // namespace clipwork
