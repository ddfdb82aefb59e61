#pragma once
// PNG pictures of indices that are in memory, as labelling files embed them.

#include <clipwork/index_picture.h>

#include <string>
#include <string_view>

namespace clipwork {

/// As `read_index_picture` and `index_picture_size` of a file with these bytes; errors name `name`.
IndexPicture read_index_bytes(std::string_view bytes, const std::string& name);
Size index_bytes_size(std::string_view bytes, const std::string& name);

}  // namespace clipwork
