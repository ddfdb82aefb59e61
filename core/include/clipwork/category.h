#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace clipwork {

/// A class of a dataset. The order of a dataset's list is the order of class heads trained on it.
struct Category {
  int64_t id = 0;  ///< as in the annotation file
  std::string name;
  bool operator==(const Category&) const = default;
};

/// Files write "traffic light", "traffic_light" and "Traffic light" for one class.
bool same_class_name(std::string_view a, std::string_view b);

}  // namespace clipwork
