#pragma once
// Masks in JSON files: {"size": [height, width], "counts": ...} as COCO writes them.

#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/mask_rle.h>

#include <functional>
#include <optional>
#include <vector>

#include "data/json_list.h"

namespace clipwork {

/// The consequence of a mask that is left out, for messages.
inline constexpr const char* kObjectAbsent = "the object is absent from this frame";

/// A mask whose counts are COCO's compressed string or a list of run lengths. Throws InputError
/// where it is neither, and where it is not a code of its size.
MaskRle read_mask(const JsonValue& mask);

/// A mask whose counts are what Python's str() makes of bytes, "b'...'", read as these bytes. None
/// where the counts are something else, are not valid, or can be read in two ways: with backslashes
/// that are doubled, as Python does, or are not.
std::optional<MaskRle> read_mask_of_printed_bytes(const JsonValue& mask);

/// Parts in pixels, x and y in turn, for MaskRle::of_polygons. Throws InputError where the value is
/// not a list of lists. `fault` is called with the error of each part that is not a polygon, which
/// is left out; without it, the error is thrown.
std::vector<std::vector<double>> read_polygons(
    const JsonValue& mask, const std::function<void(const InputError&)>& fault = {});

/// Whether all coordinates are between 0 and 1, and some not integers: shares of the picture's
/// width and height, as some tools write them, and not pixels.
bool look_normalised(const std::vector<std::vector<double>>& polygons);

/// With compressed counts.
void write_mask(JsonWriter& json, const MaskRle& mask);
/// [x, y, width, height] of the smallest rectangle round its pixels.
void write_box(JsonWriter& json, const MaskRle& mask);

}  // namespace clipwork
