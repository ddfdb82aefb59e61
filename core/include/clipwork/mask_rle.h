#pragma once
// Masks as run lengths, the form in which they are kept, written, compared and evaluated.

#include <clipwork/size.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace at {
class Tensor;
}

namespace clipwork {

/// The smallest rectangle round a mask's pixels: left column, top row, and size. All 0 where the
/// mask has no pixel.
struct Box {
  int64_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Box&) const = default;
};

/// A mask as run lengths: down the columns, left to right, starting with background (COCO's order).
struct MaskRle {
  Size size;
  /// Sums to height * width; a first run of 0 where pixel 0 is foreground.
  std::vector<uint32_t> counts;

  bool operator==(const MaskRle&) const = default;
  int64_t area() const;
  bool empty() const { return area() == 0; }
  Box box() const;
  /// COCO's compressed string.
  std::string compressed() const;
  /// Bool [H, W].
  at::Tensor to_tensor() const;
  /// From a bool (or uint8, not 0) [H, W] tensor on the CPU.
  static MaskRle from_tensor(const at::Tensor& mask);
  /// An all-background mask.
  static MaskRle blank(Size size);
  /// Decodes COCO's compressed string. Empty runs inside are left out, so equal masks have equal
  /// codes. Throws InputError where the string is not a code of that size.
  static MaskRle parse(std::string_view compressed, Size size);
  /// Decodes COCO's uncompressed list. Empty runs inside are left out. Throws InputError where the
  /// runs do not fill the mask exactly.
  static MaskRle of_runs(std::span<const int64_t> runs, Size size);
  /// The pixels that the polygons enclose, each x0, y0, x1, y1, ... in pixels, united: pixel for
  /// pixel what COCO's `frPoly` and `merge` give. Throws InputError for fewer than three points, an
  /// odd number of coordinates, and coordinates that are no numbers or lie further than 100000
  /// pixels out.
  static MaskRle of_polygons(const std::vector<std::vector<double>>& polygons, Size size);
};

/// The pixels of either mask. Both have one size, or Error is thrown.
MaskRle unite(const MaskRle& a, const MaskRle& b);
/// The pixels of both masks. Both have one size, or Error is thrown.
MaskRle intersect(const MaskRle& a, const MaskRle& b);
/// The number of pixels of both masks, 0 where their sizes differ.
int64_t common_area(const MaskRle& a, const MaskRle& b);
/// COCO's overlap of a result with ground truth: intersection over union, or over the result's area
/// where the truth is a crowd; 0 where nothing overlaps, and -1 where sizes differ.
double overlap(const MaskRle& result, const MaskRle& truth, bool crowd = false);

}  // namespace clipwork
