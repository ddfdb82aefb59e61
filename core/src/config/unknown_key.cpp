#include "config/unknown_key.h"

#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/suggestion.h>

#include <algorithm>

#include "base/synonyms.h"
#include "config/section_list.h"

namespace clipwork {
namespace {

std::string meant(const std::string& name) { return cat("did you mean '", name, "'?"); }

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

/// The paths in configs that other projects call `name`.
std::vector<std::string> paths_of_others(std::string_view name) {
  std::vector<std::string> paths = our_names(name);
  std::erase_if(paths, [](const std::string& ours) {
    return ours.starts_with("type.") || ours.starts_with("--");
  });
  return paths;
}

/// The path of a section's value of this name, or empty.
std::string path_in_sections(std::string_view name) {
  const auto& paths = section_paths();
  const auto found = std::ranges::find(paths, name, last_part);
  return found == paths.end() ? std::string() : *found;
}

}  // namespace

std::string path_called(std::string_view name) {
  for (const std::string& path : paths_of_others(name)) {
    if (path.find('.') != path.npos) return path;
  }
  std::string ours(name);
  std::ranges::replace(ours, '-', '_');
  return path_in_sections(ours);
}

std::string advice_for_key(const std::string& key, const std::vector<std::string>& known,
                           const std::string& place, const std::string& otherwise) {
  const std::vector<std::string> paths = paths_of_others(key);
  for (const std::string& path : paths) {
    const std::string name = last_part(path);
    if (std::find(known.begin(), known.end(), name) != known.end()) return meant(name);
  }
  if (const std::string path = path_in_sections(key); !path.empty()) return meant(path);
  // A path into this very table is one of another component than that of the table.
  for (const std::string& path : paths) {
    if (!place.empty() && path.starts_with(place + ".")) continue;
    if (path.find('.') != path.npos) return meant(path);
  }
  return did_you_mean(key, known, otherwise);
}

}  // namespace clipwork
