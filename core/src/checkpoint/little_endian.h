#pragma once

#include <concepts>
#include <string>

namespace clipwork {

/// Appends a number, least significant byte first.
template <std::unsigned_integral Number>
void put_little_endian(std::string& bytes, Number value) {
  for (size_t i = 0; i < sizeof value; ++i) {
    bytes += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i) & 0xFF);
  }
}

}  // namespace clipwork
