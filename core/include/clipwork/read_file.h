#pragma once
// Reading of whole files.

#include <filesystem>
#include <string>

namespace clipwork {

/// The bytes of a whole file. Throws InputError that names the file where it cannot be read.
std::string read_file(const std::filesystem::path& file);

}  // namespace clipwork
