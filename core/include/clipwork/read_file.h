#pragma once
// Reading of whole files.

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>

namespace clipwork {

/// The bytes of a whole file. Throws InputError that names the file where it cannot be read, is not
/// a regular file (a pipe or a device would be waited for), or has more than `most` bytes.
std::string read_file(const std::filesystem::path& file,
                      size_t most = std::numeric_limits<size_t>::max());

}  // namespace clipwork
