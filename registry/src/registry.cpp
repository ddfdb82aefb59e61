#include <clipwork/host/platform.h>
#include <clipwork/host/process_state.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/running_code.h>
#include <clipwork/plugin.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <sstream>
#include <tuple>

#include "diverted_output.h"
#include "library.h"
#include "optional_kinds.h"
#include "plugin_file.h"
#include "search_path.h"
#include "staging.h"

namespace fs = std::filesystem;

namespace clipwork {

// An error about one name shows why these many plugin files were refused, and only counts the rest.
constexpr size_t kRefusalsShown = 2;

/// The advice where no component of this kind is known, if a build option adds some.
static std::string advice_for_kind(const std::string& kind) {
  for (const OptionalKinds& optional : kOptionalKinds) {
    if (has_word(optional.kinds, kind)) return cat(optional.advice, ". ");
  }
  return {};
}

/// The kinds of plugins in a note, each with the hash of its header.
static std::map<std::string, std::string> kinds_of(const PluginNote& note) {
  std::map<std::string, std::string> kinds;
  std::istringstream words(note.kinds);
  for (std::string word; words >> word;) {
    const size_t colon = word.find(':');
    if (colon != word.npos) kinds[word.substr(0, colon)] = word.substr(colon + 1);
  }
  return kinds;
}

void Registrar::stage(ComponentInfo info) { staged_.push_back(std::move(info)); }

const char* PluginInfo::state() const {
  if (loaded) return "loaded";
  if (!refusal.empty()) return "refused";
  if (!shadowed_by.empty()) return "shadowed";
  return kinds.empty() ? "fit" : "on demand";
}

struct Registry::Implementation {
  struct Plugin {
    PluginInfo info;
    FileIdentity identity;
    bool waits() const { return !info.loaded && info.refusal.empty() && info.shadowed_by.empty(); }
  };

  /// The plugin whose file this is, or null.
  Plugin* known(const FileIdentity& identity);
  /// The file of a plugin of this name that is loaded or waits, or null.
  const std::string* file_of(const std::string& name) const;
  /// Judges a file that is not known yet.
  Plugin& look_at(const std::string& file);
  /// Runs the plugin's code for the first time. A failure becomes its refusal.
  void load(Plugin& plugin);
  std::vector<ComponentInfo> registered_by(Plugin& plugin);
  /// Throws InputError if the plugin was built against another version of the header of a kind
  /// than one that is loaded.
  void check_kinds(const PluginInfo& info) const;
  /// Loads what waits and may have components of this kind (of any, where it is empty).
  void load_waiting(const std::string& kind, const std::string& plugin = {});
  [[noreturn]] void unknown(const std::string& kind, const std::string& name) const;

  // A plugin's entry may itself ask the registry.
  mutable std::recursive_mutex mutex;
  std::deque<Plugin> plugins;
  std::deque<ComponentInfo> components;
  std::vector<std::string> searched;
};

Registry::Registry() : implementation_(new Implementation) {}

Registry& Registry::instance() {
  // Never destroyed: plugins may still be asked when statics are taken down.
  static auto* registry = new Registry;
  return *registry;
}

void Registry::add_builtin(const std::string& plugin,
                           const std::function<void(Registrar&)>& entry) {
  std::lock_guard lock(implementation_->mutex);
  Registrar registrar;
  entry(registrar);
  std::vector<std::string> faults = staging_faults(registrar.staged_, {});
  if (implementation_->file_of(plugin)) faults.push_back("a plugin of this name is already loaded");
  if (!faults.empty()) throw Error(reasons_text(faults), cat("plugin '", plugin, "'"));
  PluginInfo info;
  info.name = plugin;
  info.loaded = true;
  implementation_->plugins.push_back({std::move(info), {}});
  for (ComponentInfo& component : registrar.staged_) {
    component.plugin = plugin;
    implementation_->components.push_back(std::move(component));
  }
}

void Registry::add_builtin(ComponentInfo component) {
  Implementation& all = *implementation_;
  std::lock_guard lock(all.mutex);
  const std::string& plugin = component.plugin;
  std::vector<ComponentInfo> staged;
  for (const ComponentInfo& info : all.components) {
    if (info.plugin == plugin) staged.push_back(info);
  }
  staged.push_back(component);
  std::vector<std::string> faults = staging_faults(staged, {});
  const std::string* file = all.file_of(plugin);
  if (file && !file->empty()) faults.push_back("a plugin of this name is already loaded");
  if (!faults.empty()) throw Error(reasons_text(faults), cat("plugin '", plugin, "'"));
  if (!file) {
    PluginInfo info;
    info.name = plugin;
    info.loaded = true;
    all.plugins.push_back({std::move(info), {}});
  }
  all.components.push_back(std::move(component));
}

Registry::Implementation::Plugin* Registry::Implementation::known(const FileIdentity& identity) {
  for (Plugin& plugin : plugins) {
    // The file of a loaded plugin cannot be another; the place of one that is not may be taken by a
    // better one.
    bool same = plugin.info.loaded ? plugin.identity.same_file(identity)
                                   : plugin.identity.unchanged(identity);
    if (identity.inode != 0 && same) return &plugin;
  }
  return nullptr;
}

const std::string* Registry::Implementation::file_of(const std::string& name) const {
  for (const Plugin& plugin : plugins) {
    if (plugin.info.name == name && (plugin.info.loaded || plugin.waits()))
      return &plugin.info.file;
  }
  return nullptr;
}

Registry::Implementation::Plugin& Registry::Implementation::look_at(const std::string& file) {
  auto [info, identity] = examine_file(file);
  const std::string* first = file_of(info.name);
  if (info.refusal.empty() && first)
    info.shadowed_by = first->empty() ? "the program itself" : *first;
  Plugin looked{std::move(info), identity};
  for (Plugin& before : plugins) {
    if (before.info.file == looked.info.file && !before.info.loaded)
      return before = std::move(looked);
  }
  return plugins.emplace_back(std::move(looked));
}

void Registry::Implementation::check_kinds(const PluginInfo& info) const {
  const auto ours = kinds_of(*info.note);
  for (const Plugin& other : plugins) {
    if (!other.info.loaded || !other.info.note) continue;
    for (const auto& [kind, hash] : kinds_of(*other.info.note)) {
      const auto found = ours.find(kind);
      if (found == ours.end() || found->second == hash) continue;
      throw InputError(
          cat("header of the kind '", kind, "': this plugin was built with ", found->second,
              ", the loaded plugin '", other.info.name, "' with ", hash),
          {}, "build both against the same version of that header");
    }
  }
}

std::vector<ComponentInfo> Registry::Implementation::registered_by(Plugin& plugin) {
  PluginInfo& info = plugin.info;
  check_kinds(info);
  const DivertedOutput diverted;
  EntryFunction enter = load_library(info.file);
  Registrar registrar;
  PluginEntry entry{registrar};
  enter(entry);
  if (entry.failed) {
    throw InputError(cat("its entry function threw: ", entry.failure), {},
                     "report it to its author, or build it with assertions enabled");
  }
  // Judged were the bytes that were read; loaded was what lay at the path a moment later.
  if (!plugin.identity.unchanged(identity_of(info.file)) || !entry.note ||
      std::memcmp(entry.note, info.note.get(), sizeof(PluginNote)) != 0) {
    throw InputError("the file was changed while it was being loaded", {}, "restart the program");
  }
  std::vector<std::string> faults = staging_faults(registrar.staged_, info.kinds);
  std::ranges::move(undeclared_kinds(registrar.staged_, info.note->kinds),
                    std::back_inserter(faults));
  if (auto runtimes = openmp_runtimes(); runtimes.size() > 1) {
    faults.push_back(
        cat("it loaded a second OpenMP runtime into the process: ", join(runtimes, " "),
            "; link it, and the libraries it uses, only with this program's"));
  }
  if (!faults.empty()) throw InputError(reasons_text(faults));
  return std::move(registrar.staged_);
}

void Registry::Implementation::load(Plugin& plugin) {
  PluginInfo& info = plugin.info;
  ProcessState before;
  std::vector<ComponentInfo> staged;
  try {
    const RunningCode running({"", "", info.name.c_str(), info.version.c_str(), info.file.c_str()});
    staged = registered_by(plugin);
  } catch (const LinkerLocked& error) {
    info.refusal = error.problem();
    throw;
  } catch (const std::exception& error) {
    info.refusal = error.what();
  } catch (...) {
    info.refusal = "loading it threw an object that is not a std::exception";
  }
  for (const std::string& change : before.restore())
    info.remarks.push_back(cat("loading it ", change, "; restored"));
  if (!info.refusal.empty()) return;
  info.loaded = true;
  for (ComponentInfo& component : staged) {
    component.plugin = info.name;
    component.version = info.version;
    component.file = info.file;
    components.push_back(std::move(component));
  }
}

void Registry::Implementation::load_waiting(const std::string& kind, const std::string& name) {
  for (size_t i = 0; i < plugins.size(); ++i) {
    Plugin& plugin = plugins[i];
    bool wanted = (kind.empty() || has_word(plugin.info.kinds, kind)) &&
                  (name.empty() || plugin.info.name == name);
    if (plugin.waits() && wanted) load(plugin);
  }
}

void Registry::load_search_path(const std::vector<std::string>& extra_folders) {
  Implementation& all = *implementation_;
  std::lock_guard lock(all.mutex);
  for (const std::string& folder : search_path(extra_folders)) {
    if (std::ranges::find(all.searched, folder) == all.searched.end())
      all.searched.push_back(folder);
    for (const std::string& file : plugin_files(folder)) {
      if (all.known(identity_of(file))) continue;
      Implementation::Plugin& plugin = all.look_at(file);
      if (plugin.waits() && plugin.info.kinds.empty()) all.load(plugin);
    }
  }
}

bool Registry::trusts(const std::string& folder) const {
  std::error_code unknown;
  const fs::path place = fs::weakly_canonical(folder, unknown);
  std::lock_guard lock(implementation_->mutex);
  return std::ranges::any_of(implementation_->searched, [&](const std::string& searched) {
    std::error_code missing;
    const fs::path trusted = fs::canonical(searched, missing);
    if (missing) return false;
    const auto [rest, ignored] =
        std::mismatch(trusted.begin(), trusted.end(), place.begin(), place.end());
    return rest == trusted.end();
  });
}

PluginInfo Registry::load(const std::string& file) {
  Implementation& all = *implementation_;
  std::lock_guard lock(all.mutex);
  Implementation::Plugin* plugin = all.known(identity_of(file));
  if (!plugin) plugin = &all.look_at(file);
  if (plugin->waits()) all.load(*plugin);
  const PluginInfo& info = plugin->info;
  if (!info.shadowed_by.empty()) {
    throw InputError(
        cat("a plugin called '", info.name, "' is already loaded from ", info.shadowed_by),
        info.file, "plugin names must be unique in a process");
  }
  if (!info.refusal.empty()) throw InputError(info.refusal, info.file);
  return info;
}

const ComponentInfo& Registry::find(const std::string& kind, const std::string& name) {
  Implementation& all = *implementation_;
  std::lock_guard lock(all.mutex);
  size_t slash = name.find('/');
  all.load_waiting(kind, slash == name.npos ? std::string() : name.substr(0, slash));
  std::vector<const ComponentInfo*> found;
  for (const ComponentInfo& info : all.components) {
    if (info.kind == kind && (slash == name.npos ? info.name : info.full_name()) == name)
      found.push_back(&info);
  }
  if (found.empty()) all.unknown(kind, name);
  if (found.size() == 1) return *found[0];
  const std::string names = join(found, [](const ComponentInfo* info) {
    return cat("'", info->full_name(), "'", info->file.empty() ? "" : cat(" (", info->file, ")"));
  });
  throw InputError(cat("several plugins have a ", kind, " called '", name, "': ", names), {},
                   "use the full name of one of them");
}

void Registry::Implementation::unknown(const std::string& kind, const std::string& name) const {
  std::vector<std::string> names, other_kinds, loaded;
  std::string refused;
  size_t refusals = 0;
  for (const ComponentInfo& info : components) {
    if (info.kind == kind) {
      names.push_back(name.find('/') == name.npos ? info.name : info.full_name());
    } else if (info.name == name || info.full_name() == name) {
      other_kinds.push_back(info.kind);
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const Plugin& plugin : plugins) {
    if (plugin.info.loaded) loaded.push_back(plugin.info.name);
    if (plugin.info.refusal.empty()) continue;
    if (++refusals <= kRefusalsShown) {
      refused += cat("\n  refused: ", plugin.info.file, ": ", plugin.info.refusal);
    }
  }
  if (refusals > kRefusalsShown) {
    refused +=
        cat("\n  refused: ", refusals - kRefusalsShown, " more; `clipwork plugins list` shows why");
  }
  std::string advice = did_you_mean_or(name, names, "");
  if (!other_kinds.empty()) advice += cat("'", name, "' is a ", join(other_kinds), ". ");
  const bool was_built = std::any_of(plugins.begin(), plugins.end(), [&](const Plugin& plugin) {
    return plugin.info.kinds.find(kind) != std::string::npos;
  });
  if (names.empty() && !was_built) advice += advice_for_kind(kind);
  advice += names.empty() ? cat("no ", kind, " is available") : cat("available: ", join(names));
  advice += cat("\n  plugins loaded: ", loaded.empty() ? "none" : join(loaded), refused,
                "\n  searched: ", join_or_nothing(searched), "\n  `clipwork inspect --list ", kind,
                "` lists them");
  throw InputError(cat("unknown ", kind, " '", name, "'"), {}, advice);
}

std::vector<const ComponentInfo*> Registry::components(const std::string& kind) {
  Implementation& all = *implementation_;
  std::lock_guard lock(all.mutex);
  all.load_waiting(kind);
  std::vector<const ComponentInfo*> found;
  for (const ComponentInfo& info : all.components) {
    if (kind.empty() || info.kind == kind) found.push_back(&info);
  }
  std::ranges::sort(found, {}, [](const ComponentInfo* info) {
    return std::tie(info->kind, info->name, info->plugin);
  });
  return found;
}

std::vector<PluginInfo> Registry::plugins() const {
  std::lock_guard lock(implementation_->mutex);
  std::vector<PluginInfo> all;
  for (const Implementation::Plugin& plugin : implementation_->plugins) all.push_back(plugin.info);
  return all;
}

PluginInfo Registry::examine(const std::string& file) { return examine_file(file).first; }

std::vector<PluginInfo> Registry::examine_search_path(
    const std::vector<std::string>& extra_folders) {
  std::vector<PluginInfo> all;
  std::vector<FileIdentity> seen;
  for (const std::string& folder : search_path(extra_folders)) {
    for (const std::string& file : plugin_files(folder)) {
      auto [info, identity] = examine_file(file);
      if (std::ranges::any_of(seen,
                              [&](const FileIdentity& other) { return other.same_file(identity); }))
        continue;
      seen.push_back(identity);
      for (const PluginInfo& before : all) {
        if (info.refusal.empty() && before.refusal.empty() && before.name == info.name)
          info.shadowed_by = before.file;
      }
      all.push_back(std::move(info));
    }
  }
  return all;
}

}  // namespace clipwork
