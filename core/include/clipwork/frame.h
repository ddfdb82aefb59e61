#pragma once
// Pictures, and what brings masks back to their size.

#include <ATen/core/Tensor.h>
#include <clipwork/size.h>

#include <cstdint>
#include <string>

namespace clipwork {

using at::Tensor;

/// One picture of a video.
struct Frame {
  Tensor pixels;       ///< uint8 RGB [3, H, W]
  int64_t index = 0;   ///< position in its video, from 0
  double seconds = 0;  ///< presentation time
  std::string name;    ///< file, or video and frame number: what an error message names
};

/// The sizes that one frame goes through. Masks come back the same way: padded, cropped to resized,
/// then output.
struct Geometry {
  Size resized;  ///< the picture as the network's preprocessing scaled it
  Size padded;   ///< with zeros on the right and at the bottom
  Size output;   ///< the size masks are asked at, usually the original picture's
  bool operator==(const Geometry&) const = default;
};

}  // namespace clipwork
