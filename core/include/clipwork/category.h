#pragma once
// The classes of a data set.

#include <cstdint>
#include <string>

namespace clipwork {

/// A class of a dataset. The order of a dataset's list is the order of class heads trained on it.
struct Category {
  int64_t id = 0;  ///< as in the annotation file
  std::string name;
  bool operator==(const Category&) const = default;
};

}  // namespace clipwork
