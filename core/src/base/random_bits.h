#pragma once
// Bits from names and numbers, the same on every machine.

#include <cstdint>
#include <string_view>

namespace clipwork {

/// 2^64 over the golden ratio: the step of SplitMix64's counter.
inline constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
constexpr uint64_t split_mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// FNV-1a, 64 bit.
constexpr uint64_t fnv1a(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

}  // namespace clipwork
