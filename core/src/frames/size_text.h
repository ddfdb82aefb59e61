#pragma once
// Sizes in messages.

#include <clipwork/error.h>
#include <clipwork/size.h>

#include <string>

namespace clipwork {

/// "64 x 36": width, then height.
inline std::string width_by_height(Size size) { return cat(size.width, " x ", size.height); }

/// What to add to a message about a mask that is not of the expected size: how `size` is written,
/// where its sides are those of the expected size in the other order.
inline const char* swapped_size_hint(Size found, Size expected) {
  const bool swapped = found != expected && found == Size{expected.width, expected.height};
  return swapped ? "; 'size' is [height, width]" : "";
}

}  // namespace clipwork
