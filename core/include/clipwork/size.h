#pragma once
// Height and width.

#include <cstdint>

namespace clipwork {

/// The size of a picture or a mask, in pixels.
struct Size {
  int64_t height = 0, width = 0;
  bool operator==(const Size&) const = default;
};

}  // namespace clipwork
