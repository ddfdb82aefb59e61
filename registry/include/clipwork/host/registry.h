#pragma once
// Names to factories. A plugin's entry function fills a staging area; it becomes visible only when
// all of it is sound.

#include <clipwork/api.h>
#include <clipwork/registrar.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace clipwork {

struct PluginNote;

/// A plugin file that was looked at.
struct PluginInfo {
  std::string name, version;  ///< as its note says; the file's name where there is no note
  std::string file;           ///< absolute, symbolic links resolved
  std::string sha256;         ///< empty where the file could not be read
  std::string kinds;          ///< of a plugin that is loaded on demand: "source sink"
  bool loaded = false;
  std::string refusal;  ///< why it was not loaded, all reasons; empty where there is none
  /// The file of the same plugin that stands before it in the search path.
  std::string shadowed_by;
  std::vector<std::string> remarks;  ///< what loading it changed in the process, and was put back
  std::vector<std::string> needed;   ///< the libraries it asks for
  std::shared_ptr<const PluginNote> note;  ///< how it was built, also of most refused ones

  /// "loaded", "refused", "shadowed", "on demand" (waits to be asked for) or "fit" (not loaded
  /// yet).
  const char* state() const;
};

/// All components of the process. Plugins are found in folders, judged from their bytes, loaded
/// once and never unloaded.
class CLIPWORK_API Registry {
 public:
  /// The one registry of the process; never destroyed.
  static Registry& instance();

  /// Adds components that are compiled into the program (tests, static builds), as the plugin of
  /// this name. Throws Error where the staged components are not sound.
  void add_builtin(const std::string& plugin, const std::function<void(Registrar&)>& entry);
  /// Adds one component whose parameters and code are not known before the program runs (those of
  /// an interpreter), to the plugin `component.plugin`, which grows with each call. Throws Error
  /// where the component is not sound, or the plugin has one of its kind and name.
  void add_builtin(ComponentInfo component);
  /// Judges every plugin of the search path that was not looked at yet and loads those that are
  /// fit; plugins that are slow to load wait until one of their kinds is asked for. Refused ones
  /// are kept with their reason.
  void load_search_path(const std::vector<std::string>& extra_folders = {});
  /// Whether the user named this folder, or one above it, as a place of plugins: a folder of the
  /// search paths that were loaded. Links are resolved before paths are compared.
  bool trusts(const std::string& folder) const;
  /// Judges and loads one file, now. A file that is loaded already, by whatever path, is
  /// recognised. Throws InputError with all reasons where it is refused.
  PluginInfo load(const std::string& file);

  /// The component of this kind by short name ("embedding") or full name ("plugin/embedding").
  /// Throws InputError: unknown (with the nearest names, what was loaded and refused, and the
  /// search path) or short name of two plugins (naming both). The reference stays valid.
  const ComponentInfo& find(const std::string& kind, const std::string& name);
  /// The components of this kind, or of all, in order of kind, name and plugin.
  std::vector<const ComponentInfo*> components(const std::string& kind = {});
  /// All plugins that were looked at, in the order of the search path.
  std::vector<PluginInfo> plugins() const;

  /// The folders that are searched, in order: `extra_folders` (--plugin-path), those of
  /// CLIPWORK_PLUGIN_PATH, beside the program, in the installation, in ~/.local. Never the current
  /// folder. Throws InputError where an extra folder is not there, or CLIPWORK_PLUGIN_PATH has a
  /// relative one.
  static std::vector<std::string> search_path(const std::vector<std::string>& extra_folders = {});
  /// Judges a file from its bytes alone; no code of it runs. Never throws: a file that cannot be
  /// read is one that is refused.
  static PluginInfo examine(const std::string& file);
  /// The same for every plugin of the search path, in its order.
  static std::vector<PluginInfo> examine_search_path(
      const std::vector<std::string>& extra_folders = {});

 private:
  Registry();
  struct Implementation;
  Implementation* implementation_;
};

}  // namespace clipwork
