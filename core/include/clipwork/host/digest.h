#pragma once
// SHA-256, by which files and lists are told apart.

#include <string>
#include <string_view>

namespace clipwork {

/// SHA-256 as 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace clipwork
