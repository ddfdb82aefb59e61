#pragma once
// Masks as polygons, for tools that know no run lengths.

#include <clipwork/mask_rle.h>

#include <vector>

namespace clipwork {

/// x0, y0, x1, y1, ... in pixels.
using Polygon = std::vector<double>;

/// The borders of a mask between pixels, one polygon for each part; pixels that touch at a corner
/// are of one part. A hole is a part of its polygon, joined to it by a slit that has no width.
/// `MaskRle::of_polygons` gives back the mask, pixel for pixel. With `tolerance` (pixels), corners
/// that are not further than that from the straightened border are left out; then it does not.
std::vector<Polygon> outlines(const MaskRle& mask, double tolerance = 0);

/// The parts as a single polygon, joined by slits that have no width. Empty for a mask without
/// pixels.
Polygon joined_outline(const MaskRle& mask, double tolerance = 0);

}  // namespace clipwork
