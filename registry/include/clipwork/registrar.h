#pragma once
// The interface through which a plugin's entry function registers components.

#include <clipwork/api.h>
#include <clipwork/component.h>
#include <clipwork/parameters.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace clipwork {

/// One component of a plugin, its types erased.
struct ComponentInfo {
  std::string kind, name, sentence;
  /// The plugin's, filled in by the loader; no file where it is compiled into the program.
  std::string plugin, version, file;
  /// A parameter struct with its defaults, described to (or read by) the describer.
  std::function<std::shared_ptr<void>(Describer&)> describe;
  std::function<std::shared_ptr<const Contract>(const void* parameters, const Given& given)>
      contract;
  std::function<std::shared_ptr<Component>(const void* parameters, const Given& given)> make;
  std::string full_name() const { return plugin + "/" + name; }
  /// "decoder 'iai'"
  std::string called() const { return cat(kind, " '", name, "'"); }
};

/// Registers components, in a plugin's entry function:
///   registry.add<Embedding>("embedding", "links queries by the similarity of their embeddings");
/// `Embedding` derives from a kind (which has `kKind`), has a struct `Parameters` with `describe`,
/// a static `contract(const Parameters&, const Given&)` and a constructor of the same arguments.
class CLIPWORK_API Registrar {
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
    using Declared =
        decltype(T::contract(std::declval<const Parameters&>(), std::declval<const Given&>()));
    static_assert(std::is_base_of_v<typename T::Contract, Declared>,
                  "a component's `contract` returns the contract of its kind: Contract");
    info.contract = [](const void* parameters,
                       const Given& given) -> std::shared_ptr<const Contract> {
      return std::make_shared<const Declared>(
          T::contract(*static_cast<const Parameters*>(parameters), given));
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

}  // namespace clipwork
