#pragma once
// Names to factories. A plugin's entry function fills a staging area; it becomes visible only when
// all of it is sound.

#include <clipwork/component.h>
#include <clipwork/parameters.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace clipwork {

/// One component of a plugin, its types erased.
struct ComponentInfo {
  std::string kind, name, sentence;
  std::string plugin, version, file;  ///< filled by the loader
  /// A parameter struct with its defaults, described to (or read by) the describer.
  std::function<std::shared_ptr<void>(Describer&)> describe;
  std::function<Contract(const void* parameters, const Given& given)> contract;
  std::function<std::shared_ptr<Component>(const void* parameters, const Given& given)> make;
  std::string full_name() const { return plugin + "/" + name; }
};

/// What a plugin's entry function registers with:
///   registry.add<Embedding>("embedding", "links queries by the similarity of their embeddings");
/// `Embedding` derives from a kind (which has `kKind`), has a struct `Parameters` with `describe`,
/// a static `contract(const Parameters&, const Given&)` and a constructor of the same arguments.
class __attribute__((visibility("default"))) Registrar {
 public:
  template <class T>
  void add(std::string name, std::string sentence) {
    static_assert(std::is_base_of_v<Component, T>, "a component derives from one of the kinds");
    using Parameters = typename T::Parameters;
    ComponentInfo info;
    info.kind = T::kKind;
    info.name = std::move(name);
    info.sentence = std::move(sentence);
    info.describe = [](Describer& describer) -> std::shared_ptr<void> {
      auto parameters = std::make_shared<Parameters>();
      parameters->describe(describer);
      return parameters;
    };
    info.contract = [](const void* parameters, const Given& given) {
      return T::contract(*static_cast<const Parameters*>(parameters), given);
    };
    info.make = [](const void* parameters, const Given& given) -> std::shared_ptr<Component> {
      return std::make_shared<T>(*static_cast<const Parameters*>(parameters), given);
    };
    stage(std::move(info));
  }

 private:
  friend class Registry;
  void stage(ComponentInfo info);
  std::vector<ComponentInfo> staged_;
};

/// A plugin file that was looked at.
struct PluginInfo {
  std::string name, version, file, sha256;
  bool loaded = false;
  std::string refusal;  ///< why it was not loaded; empty where it was
};

/// All components of the process. Plugins are found in folders, judged from their bytes, loaded
/// once and never unloaded.
class __attribute__((visibility("default"))) Registry {
 public:
  /// The one registry of the process; never destroyed.
  static Registry& instance();

  /// Adds components that are compiled into the program (tests, static builds), as the plugin of
  /// this name.
  void add_builtin(const std::string& plugin, const std::function<void(Registrar&)>& entry);
  /// Judges and loads every plugin of the search path that was not looked at yet. Refused ones are
  /// kept with their reason.
  void load_search_path(const std::vector<std::string>& extra_folders = {});
  /// Judges and loads one file. Throws InputError with the reason where it is refused.
  const PluginInfo& load(const std::string& file);

  /// The component of this kind by short name ("embedding") or full name ("plugin/embedding").
  /// Throws InputError: unknown (with the nearest names, what was loaded and refused, and the
  /// search path) or short name of two plugins (naming both).
  const ComponentInfo& find(const std::string& kind, const std::string& name) const;
  std::vector<const ComponentInfo*> components(const std::string& kind = {}) const;
  const std::vector<PluginInfo>& plugins() const;
  /// The folders that are searched, in order.
  static std::vector<std::string> search_path(const std::vector<std::string>& extra_folders = {});

 private:
  Registry();
  struct Implementation;
  Implementation* implementation_;
};

}  // namespace clipwork
