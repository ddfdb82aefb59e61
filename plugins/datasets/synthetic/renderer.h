#pragma once
// Scenes as pixels.

#include <cstdint>
#include <vector>

#include "scene.h"

namespace clipwork::synthetic {

/// Whose each pixel is at a moment.
struct Owners {
  int height = 0, width = 0;
  std::vector<uint8_t> pixels;  ///< [height, width]: object + 1, or 0
  std::vector<int64_t> whole;   ///< an object's pixels in the frame, were nothing before it
  std::vector<int64_t> seen;    ///< those that are its own
};

/// A pixel is the frontmost object's whose outline holds its centre, unless scenery is before it.
Owners owners(const Scene& scene, int frame, int scale);

/// RGB planes [3, height, width] of a frame, `scale` times as large as the profile's.
void draw(const Scene& scene, int frame, int scale, uint8_t* planes);

}  // namespace clipwork::synthetic
