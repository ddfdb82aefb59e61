#pragma once

#include <cstdint>

namespace clipwork {

/// The first four bytes of a zip archive's records: of an entry, of its place in the directory, and
/// of the end of the directory.
inline constexpr uint32_t kZipLocal = 0x04034b50, kZipCentral = 0x02014b50, kZipEnd = 0x06054b50;

}  // namespace clipwork
