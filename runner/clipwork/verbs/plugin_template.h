#pragma once
// The project of a plugin, written from the templates that come with Clipwork.

#include <filesystem>
#include <string>
#include <vector>

namespace clipwork::cli {

/// A folder of templates: `common/` is a part of every project, `kinds/KIND/` of those with a
/// component of this kind. In names and contents, @NAME@ is the plugin, @CLASS@ the class of its
/// component, and
/// @KIND@ the kind.
class PluginTemplates {
 public:
  /// Throws Error where there are none in `root`.
  explicit PluginTemplates(std::filesystem::path root);

  /// The kinds, sorted.
  const std::vector<std::string>& kinds() const { return kinds_; }
  /// Writes the project into the new folder `folder`, which is named like the plugin. Returns the
  /// files, relative to it and sorted. Throws InputError for an unknown kind, a name that a plugin
  /// cannot have, and where there is something at `folder`.
  std::vector<std::string> write(const std::string& kind,
                                 const std::filesystem::path& folder) const;

 private:
  std::filesystem::path root_;
  std::vector<std::string> kinds_;
};

}  // namespace clipwork::cli
