#pragma once
// Masks in JSON files: {"size": [height, width], "counts": ...} as COCO writes them.

#include <clipwork/host/json.h>
#include <clipwork/mask_rle.h>

#include <vector>

#include "data/json_list.h"

namespace clipwork {

/// A mask whose counts are COCO's compressed string or a list of run lengths. Throws InputError
/// where it is neither, and where it is not a code of its size.
MaskRle read_mask(const JsonValue& mask);

/// Parts in pixels, x and y in turn, for MaskRle::of_polygons. Throws InputError where the value is
/// not a list of lists of numbers.
std::vector<std::vector<double>> read_polygons(const JsonValue& mask);

/// With compressed counts.
void write_mask(JsonWriter& json, const MaskRle& mask);
/// [x, y, width, height] of the smallest rectangle round its pixels.
void write_box(JsonWriter& json, const MaskRle& mask);

}  // namespace clipwork
