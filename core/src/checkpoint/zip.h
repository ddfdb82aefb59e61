#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

struct ZipEntry {
  std::string_view name;  ///< without the folder that all entries share
  std::string_view bytes;
  uint32_t crc = 0;  ///< as written down, not as computed
};

/// The stored entries of a zip archive, as views of its bytes. The central directory decides; what
/// contradicts it is refused, as is everything that two readers could understand differently:
/// compression, encryption, names that come twice, entries that overlap, bytes that belong to
/// nobody. Throws InputError naming `where`, the entry and the byte.
class ZipArchive {
 public:
  ZipArchive(std::string_view bytes, const std::string& where);
  const ZipEntry* find(std::string_view name) const;
  const std::vector<ZipEntry>& entries() const { return entries_; }

 private:
  std::vector<ZipEntry> entries_;  ///< sorted by name
};

bool is_zip(std::string_view bytes);

/// The names of all entries, in the order of the central directory, whatever they contain. Throws
/// InputError as ZipArchive does where there is no readable directory.
std::vector<std::string> zip_names(std::string_view bytes, const std::string& where);

uint32_t crc32(std::string_view bytes);

}  // namespace clipwork
