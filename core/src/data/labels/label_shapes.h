#pragma once
// Shapes of labelling tools as polygons in pixels, and lists of numbers in their files.

#include <clipwork/mask_rle.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "data/json_list.h"
#include "masks/outlines.h"

namespace clipwork {

/// Between two corners.
Polygon rectangle(double x0, double y0, double x1, double y1);
/// With corners about two pixels apart.
Polygon ellipse(double x, double y, double radius_x, double radius_y);
/// Turned clockwise about a point.
Polygon turned(Polygon polygon, double degrees, double x, double y);
/// At `share` of the way from a polygon to another with as many corners.
Polygon between(const Polygon& from, const Polygon& to, double share);
/// The pixels inside. Throws InputError for a polygon with too few or too many corners, or without
/// a pixel in the picture.
MaskRle mask_of(Polygon polygon, Size size);

/// A list of [x, y]. Throws InputError for anything else.
Polygon read_points(const JsonValue& points);

/// The number that a text is; nothing where it is none.
std::optional<double> parse_real(std::string_view text);
std::optional<int64_t> parse_integer(std::string_view text);
/// The parts between separators, without spaces around them; none of an empty text. They are parts
/// of `text`, which must live on.
std::vector<std::string_view> split_text(std::string_view text, char separator);
/// The parts between spaces.
std::vector<std::string_view> words_of(std::string_view text);

}  // namespace clipwork
