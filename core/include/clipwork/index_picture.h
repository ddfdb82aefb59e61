#pragma once
// PNG pictures whose values are numbers of objects, not colours: the palette pictures of DAVIS and
// YouTube-VOS, the 16-bit ones of MOTS.

#include <clipwork/masks.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clipwork {

struct IndexPicture {
  Size size;
  std::vector<uint16_t> values;  ///< row by row
};

/// The indices of a palette picture, or the values of a grey one, of 1 to 16 bits. Throws
/// InputError naming the file where it is neither, interlaced, cut off or damaged.
IndexPicture read_index_picture(const std::string& file);

/// The pixels of each value but 0. Throws InputError where they have more than 2^24 runs.
std::map<int64_t, MaskRle> masks_by_value(const IndexPicture& picture);

/// The size alone, from the first bytes.
Size index_picture_size(const std::string& file);

/// PNG with the palette of DAVIS (values to 255), or 16-bit grey. Throws Error where a value does
/// not fit, or naming the path and the cause.
enum class IndexForm { palette, grey16 };
void write_index_picture(const std::string& file, const IndexPicture& picture, IndexForm form);

}  // namespace clipwork
