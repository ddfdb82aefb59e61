#include "inference/check_contracts.h"

#include <clipwork/error.h>
#include <clipwork/host/component_call.h>
#include <clipwork/text.h>

#include <algorithm>
#include <iterator>

namespace clipwork {

namespace {

/// The needs that components can meet.
std::vector<std::string> needs_of(const Contract& contract) {
  std::vector<std::string> needs = contract.needs;
  std::erase(needs, kSharedFrames);
  return needs;
}

/// "detector 'condinst' provides masks, embeddings"
std::string what_gives(const PlannedComponent& component) {
  return cat(component.called(), " provides ", join_or_nothing(component.contract->provided()));
}

/// Components of the same kind as `component`, and in its place, that give all of `names`.
std::vector<std::string> alternatives(const PlannedComponent& component,
                                      const std::vector<std::string>& names) {
  return fitting(component.info->kind, component.given,
                 [&](const Contract& contract) { return covers(contract.provided(), names); });
}

/// The first of these in whose place another component would meet the need; null where none would.
const PlannedComponent* could_meet(const std::vector<const PlannedComponent*>& components,
                                   const std::string& need) {
  const auto found = std::find_if(
      components.begin(), components.end(),
      [&](const PlannedComponent* one) { return !alternatives(*one, {need}).empty(); });
  return found == components.end() ? nullptr : *found;
}

void check(const PlannedComponent& component, const Neighbour& neighbour,
           const PlannedComponent* owner, Faults& faults) {
  std::vector<std::string> available = neighbour.names;
  for (std::string& name : map_names(component.given)) available.push_back(std::move(name));
  // Those that may meet a need beside the neighbour: what it refers to, and its owner.
  std::vector<const PlannedComponent*> others;
  for (const PlannedComponent::Reference& reference : component.references) {
    others.push_back(reference.target);
    if (!reference.shared) check(*reference.target, neighbour, &component, faults);
  }
  if (owner) others.push_back(owner);

  std::vector<std::string> unmet = needs_of(*component.contract);
  std::erase_if(unmet, [&](const std::string& need) {
    return covers(available, {need}) ||
           std::any_of(others.begin(), others.end(), [&](const PlannedComponent* other) {
             return covers(other->contract->provided(), {need});
           });
  });
  auto add = [&](const std::string& need, const std::string& given, const std::string& kind,
                 const std::vector<std::string>& instead) {
    faults.add(component.origin, cat(component.called(), " needs ", need, ", but ", given),
               cat("a ", kind, " that would fit: ", join_or_nothing(instead)));
  };
  for (const std::string& need : unmet) {
    if (const PlannedComponent* other = could_meet(others, need)) {
      std::vector<std::string> wanted;
      std::copy_if(unmet.begin(), unmet.end(), std::back_inserter(wanted),
                   [&](const std::string& one) { return could_meet(others, one) == other; });
      add(need, what_gives(*other), other->info->kind, alternatives(*other, wanted));
    } else {
      const std::string before =
          neighbour.component ? neighbour.component->called() : "the component before it";
      const std::string& kind = component.info->kind;
      add(need,
          cat(before, " provides ", join_or_nothing(available),
              owner ? ", " + what_gives(*owner) : ""),
          kind, fitting(kind, component.given, [&](const Contract& contract) {
            return covers(available, needs_of(contract));
          }));
    }
  }
}

}  // namespace

bool covers(const std::vector<std::string>& given, const std::vector<std::string>& needed) {
  return std::all_of(needed.begin(), needed.end(), [&](const std::string& name) {
    return std::find(given.begin(), given.end(), name) != given.end();
  });
}

std::vector<std::string> map_names(const Given& given) {
  std::vector<std::string> names;
  for (const MapInfo& map : given.maps) names.push_back("map:" + map.name);
  return names;
}

std::vector<std::string> fitting(const std::string& kind, const Given& given,
                                 const std::function<bool(const Contract&)>& fits) {
  std::vector<std::string> names;
  for (const ComponentInfo* info : Registry::instance().components(kind)) {
    try {
      call_component(*info, OwnErrors::as_they_are, [&] {
        Describer describer;
        std::shared_ptr<void> parameters = info->describe(describer);
        if (fits(*info->contract(parameters.get(), given))) names.push_back(info->name);
      });
    } catch (const Error&) {
      // Defaults alone do not make sense of every component; such a one is not suggested.
    }
  }
  return names;
}

void check_needs(const PlannedComponent& component, const Neighbour& neighbour, Faults& faults) {
  check(component, neighbour, nullptr, faults);
}

}  // namespace clipwork
