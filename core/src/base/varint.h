#pragma once
// Numbers in as few bytes as they need: seven bits a byte, low ones first, the eighth bit set where
// more follow. Most runs of a mask take one.

#include <cstddef>
#include <cstdint>

namespace clipwork {

/// The most bytes of a number below 2^32.
constexpr size_t kVarintBytes = 5;

/// Writes `number` and returns the place behind it.
inline uint8_t* put_varint(uint64_t number, uint8_t* to) {
  for (; number >= 128; number >>= 7) *to++ = static_cast<uint8_t>(number | 128);
  *to++ = static_cast<uint8_t>(number);
  return to;
}

/// Reads a number and moves `at` behind it.
inline uint64_t take_varint(const uint8_t*& at) {
  uint64_t number = *at & 127;
  for (int shift = 7; *at++ & 128; shift += 7) number |= static_cast<uint64_t>(*at & 127) << shift;
  return number;
}

}  // namespace clipwork
