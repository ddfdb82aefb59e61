#pragma once
// Components, planned and built: first their parameters are read and their contracts asked for, so
// that all that is wrong is known, and only then are they made. Pipelines and `make_component` go
// this way.

#include <clipwork/api.h>
#include <clipwork/faults.h>
#include <clipwork/host/registry.h>
#include <clipwork/value.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace clipwork {

/// A component whose parameters were read without a fault; not built yet.
struct PlannedComponent {
  /// Another component that a parameter refers to.
  struct Reference {
    RefBase* parameter = nullptr;  ///< a member of `parameters`
    const PlannedComponent* target = nullptr;
    bool shared = false;  ///< "@PLACE": the target belongs to another component
  };

  std::string place;  ///< "model.decoder"
  Origin origin;
  const ComponentInfo* info = nullptr;
  Given given;
  std::shared_ptr<void> parameters;        ///< its parameter struct
  std::vector<ParameterInfo> description;  ///< of its parameters, with their defaults
  std::vector<Reference> references;       ///< without the parameters that refer to nothing
  std::shared_ptr<const Contract> contract;

  /// "decoder 'iai'"
  std::string called() const;
};

/// Plans components and those that they refer to. A place that several refer to is planned once.
class CLIPWORK_API ComponentPlanner {
 public:
  /// "@PLACE" refers to the table at that place of `root`; without a root such a reference is a
  /// fault. `root` and `faults` outlive the planner.
  ComponentPlanner(const Value* root, Faults& faults) : root_(root), faults_(faults) {}

  /// The component that `table` describes by its `type` and parameters. `place` names it in
  /// messages, and given a place for the second time returns the same component. Null where
  /// something is wrong with it or with a component that it refers to, which is added to the
  /// faults.
  const PlannedComponent* plan(const std::string& place, const std::string& kind,
                               const Value& table, const Given& given);

  /// From here on reads the parameters of components and asks for no contracts, since something
  /// that they would rely on has a fault. `plan` returns null.
  void check_parameters_only() { parameters_only_ = true; }

  /// Those planned so far, each after the ones that it refers to. Pointers between them stay valid
  /// as long as these are kept.
  const std::vector<std::shared_ptr<const PlannedComponent>>& planned() const { return planned_; }

 private:
  bool read(PlannedComponent& component, const std::string& kind, const Value& table);
  bool read_references(PlannedComponent& component, const Describer& described);
  const PlannedComponent* plan_shared(const PlannedComponent& owner, const std::string& parameter,
                                      const RefBase& reference);

  const Value* root_;
  Faults& faults_;
  bool parameters_only_ = false;
  std::vector<std::shared_ptr<const PlannedComponent>> planned_;
  std::map<std::string, const PlannedComponent*> by_place_;
  std::set<std::string> under_way_;
};

/// Builds planned components, those that they refer to first, each once. A plan may be built
/// several times, by one thread at a time.
class CLIPWORK_API ComponentBuilder {
 public:
  /// Throws what the component's constructor throws, as `call_component` does. Data sets, samples,
  /// transforms, loss terms, and components that read, write or paint pictures have what they
  /// return checked at every call.
  std::shared_ptr<Component> operator()(const PlannedComponent& planned);

 private:
  std::map<const PlannedComponent*, std::shared_ptr<Component>> built_;
};

/// The names of all components of this kind.
std::vector<std::string> component_names(const std::string& kind);

}  // namespace clipwork
