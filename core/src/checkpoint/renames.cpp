#include "checkpoint/renames.h"

#include <clipwork/error.h>

namespace clipwork {

std::regex regular_expression(const std::string& pattern, const std::string& where) {
  try {
    return std::regex(pattern);
  } catch (const std::regex_error& error) {
    throw InputError(cat("'", pattern, "' is not a regular expression: ", error.what()), where);
  }
}

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
