#include "masks/run_builder.h"

#include <limits>

#include "frames/size_text.h"

namespace clipwork {
namespace {

int64_t pixels_of(Size size) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  if (size.height < 0 || size.width < 0 || size.height > kMost || size.width > kMost ||
      (size.width > 0 && size.height > kMost / size.width)) {
    throw InputError(cat("invalid mask size ", width_by_height(size)));
  }
  return size.height * size.width;
}

}  // namespace

RunBuilder::RunBuilder(Size size, size_t expected) : left_(pixels_of(size)) {
  rle_.size = size;
  rle_.counts.reserve(expected);
}

}  // namespace clipwork
