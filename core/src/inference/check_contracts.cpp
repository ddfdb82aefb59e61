#include "inference/check_contracts.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include <algorithm>

namespace clipwork {

namespace {

std::string list(const std::vector<std::string>& words) {
  return words.empty() ? "nothing" : join(words);
}

/// The needs that components can meet.
std::vector<std::string> needs_of(const Contract& contract) {
  std::vector<std::string> needs = contract.needs;
  std::erase(needs, kSharedFrames);
  return needs;
}

bool gives(const PlannedComponent& component, const std::string& need) {
  return covers(component.contract->provided(), {need});
}

std::string gifts_of(const PlannedComponent& component) {
  return cat(component.called(), " provides ", list(component.contract->provided()));
}

/// Components of the same kind as `component`, and in its place, that give all of `names`.
std::vector<std::string> alternatives(const PlannedComponent& component,
                                      const std::vector<std::string>& names) {
  return fitting(component.info->kind, component.given,
                 [&](const Contract& contract) { return covers(contract.provided(), names); });
}

/// The needs of one component that nobody meets, sorted by who is to blame.
struct Unmet {
  std::vector<std::string> of_neighbour;
  /// Needs that another component of this one's kind would meet: a part, or the owner.
  std::vector<std::pair<const PlannedComponent*, std::vector<std::string>>> of_others;

  void blame(const PlannedComponent* component, const std::string& need) {
    auto entry = std::find_if(of_others.begin(), of_others.end(),
                              [&](const auto& one) { return one.first == component; });
    if (entry == of_others.end()) entry = of_others.insert(entry, {component, {}});
    entry->second.push_back(need);
  }
};

void check(const PlannedComponent& component, const Neighbour& neighbour,
           const PlannedComponent* owner, Faults& faults) {
  std::vector<std::string> available = neighbour.names;
  for (std::string& name : map_names(component.given)) available.push_back(std::move(name));

  std::vector<const PlannedComponent*> others;
  for (const PlannedComponent::Reference& reference : component.references) {
    others.push_back(reference.target);
    if (!reference.shared) check(*reference.target, neighbour, &component, faults);
  }
  if (owner) others.push_back(owner);

  Unmet unmet;
  for (const std::string& need : needs_of(*component.contract)) {
    const bool met = covers(available, {need}) ||
                     std::any_of(others.begin(), others.end(), [&](const PlannedComponent* other) {
                       return gives(*other, need);
                     });
    if (met) continue;
    const auto blamed = std::find_if(
        others.begin(), others.end(),
        [&](const PlannedComponent* other) { return !alternatives(*other, {need}).empty(); });
    blamed == others.end() ? unmet.of_neighbour.push_back(need) : unmet.blame(*blamed, need);
  }

  auto add = [&](const std::string& need, const std::string& given, const std::string& kind,
                 const std::vector<std::string>& instead) {
    faults.add(component.origin, cat(component.called(), " needs ", need, ", but ", given),
               cat("a ", kind, " that would fit: ", list(instead)));
  };
  for (const auto& [other, needs] : unmet.of_others) {
    for (const std::string& need : needs) {
      add(need, gifts_of(*other), other->info->kind, alternatives(*other, needs));
    }
  }
  const std::string before =
      neighbour.component ? neighbour.component->called() : "the component before it";
  const std::string given =
      cat(before, " provides ", list(available), owner ? ", " + gifts_of(*owner) : std::string());
  const std::string& kind = component.info->kind;
  for (const std::string& need : unmet.of_neighbour) {
    add(need, given, kind, fitting(kind, component.given, [&](const Contract& contract) {
          return covers(available, needs_of(contract));
        }));
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
      Describer describer;
      std::shared_ptr<void> parameters = info->describe(describer);
      if (fits(*info->contract(parameters.get(), given))) names.push_back(info->name);
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
