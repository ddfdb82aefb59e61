#include "checkpoint/renames.h"

namespace clipwork {

namespace {

constexpr const char* kWhere = "renames of a component";

}  // namespace

Renames::Renames(const std::vector<WeightNames::Rename>& renames) {
  for (const auto& [pattern, replacement] : renames) {
    renames_.emplace_back(Pattern(pattern, kWhere), replacement);
  }
}

std::string Renames::apply(std::string name) const {
  for (const auto& [pattern, replacement] : renames_) {
    name = pattern.replaced(std::move(name), replacement, kWhere);
  }
  return name;
}

}  // namespace clipwork
