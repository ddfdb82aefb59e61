#pragma once

#include <clipwork/component.h>

#include "base/patterns.h"

namespace clipwork {

/// A list of renames, ready to be applied. Throws InputError where one is not a regular expression.
class Renames {
 public:
  explicit Renames(const std::vector<WeightNames::Rename>& renames);
  /// The name after all renames, in order. Throws InputError for a replacement with a group that
  /// its expression does not have.
  std::string apply(std::string name) const;

 private:
  std::vector<std::pair<Pattern, std::string>> renames_;
};

}  // namespace clipwork
