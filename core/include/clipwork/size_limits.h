#pragma once
// The sizes that files may claim for pictures and masks.

#include <clipwork/size.h>

#include <cstdint>

namespace clipwork {

inline constexpr int64_t kLongestSide = 1 << 16;
/// Four times those of an 8K picture. While it is decoded, a picture takes six bytes for each: the
/// file of a few hundred bytes that claims this size stays below a gigabyte.
inline constexpr int64_t kMostPixels = int64_t{1} << 27;

/// Whether a picture of this size can be read. A file that claims more is damaged, or meant to
/// exhaust the memory.
inline bool is_readable(Size size) {
  return size.height > 0 && size.width > 0 && size.height <= kLongestSide &&
         size.width <= kLongestSide && size.height * size.width <= kMostPixels;
}

}  // namespace clipwork
