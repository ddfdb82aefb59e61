#pragma once
// Polygons of masks: x0, y0, x1, y1, ... in pixels.

#include <clipwork/size.h>

#include <cstdint>
#include <vector>

namespace clipwork {

/// Throws InputError where a polygon has fewer than three points, an odd number of coordinates, or
/// a coordinate that is not a number or lies further than 100000 pixels out.
void check_polygon(const std::vector<double>& polygon);

/// The number of pixel columns of a mask of that size that the edges of a polygon cross, each edge
/// counted by itself. Time and memory of drawing it are in proportion.
int64_t crossings_of(const std::vector<double>& polygon, Size size);

/// The crossings above which a polygon is not drawn: 512 edges over an 8K picture.
inline constexpr int64_t kMostCrossings = 1 << 22;

}  // namespace clipwork
