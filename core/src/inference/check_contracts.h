#pragma once
// Contracts of neighbouring components, compared.

#include <clipwork/host/planned_component.h>

#include <functional>
#include <string>
#include <vector>

namespace clipwork {

/// The need of a tracker that windows share frames, which is a matter of [window] and of no
/// component.
inline constexpr const char* kSharedFrames = "frames.shared";

/// Whether `given` has all names of `needed`.
bool covers(const std::vector<std::string>& given, const std::vector<std::string>& needed);

/// The names under which contracts need the maps of `given`: "map:res5".
std::vector<std::string> map_names(const Given& given);

/// The components of this kind whose contracts, with their default parameters, `fits` accepts.
std::vector<std::string> fitting(const std::string& kind, const Given& given,
                                 const std::function<bool(const Contract&)>& fits);

/// The names that a component finds before it in the loop.
struct Neighbour {
  const PlannedComponent* component = nullptr;  ///< null where a fault leaves it unknown
  std::vector<std::string> names;               ///< that it gives, beside maps
};

/// Adds a fault for each need of `component`, and of the parts that it has, that nobody meets: not
/// the neighbour, not the components that it refers to, and for a part not its owner either. The
/// fault names both sides, and components that would fit.
void check_needs(const PlannedComponent& component, const Neighbour& neighbour, Faults& faults);

}  // namespace clipwork
