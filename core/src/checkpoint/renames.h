#pragma once

#include <clipwork/component.h>

#include <regex>

namespace clipwork {

/// A list of renames, ready to be applied. Throws InputError where one is not a regular expression.
class Renames {
 public:
  explicit Renames(const std::vector<WeightNames::Rename>& renames);
  /// The name after all renames, in order.
  std::string apply(std::string name) const;

 private:
  std::vector<std::pair<std::regex, std::string>> renames_;
};

}  // namespace clipwork
