#include "checkpoint/renames.h"

#include "base/patterns.h"

namespace clipwork {

Renames::Renames(const std::vector<WeightNames::Rename>& renames) {
  for (const auto& [pattern, replacement] : renames) {
    renames_.emplace_back(regular_expression(pattern, "renames of a component"), replacement);
  }
}

std::string Renames::apply(std::string name) const {
  for (const auto& [pattern, replacement] : renames_) {
    name = std::regex_replace(name, pattern, replacement);
  }
  return name;
}

}  // namespace clipwork
