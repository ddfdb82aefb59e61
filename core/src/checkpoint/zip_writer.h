#pragma once

#include <clipwork/output_file.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace clipwork {

/// Writes a zip archive of stored entries below one folder, as PyTorch wants them: the bytes of
/// each begin at a multiple of 64. Throws Error where an archive without zip64 is too small.
class ZipWriter {
 public:
  /// The file and the folder's name outlive it.
  ZipWriter(OutputFile& file, std::string_view folder) : file_(file), folder_(folder) {}
  void add(std::string_view name, std::string_view bytes);
  /// The central directory; nothing can be added afterwards.
  void finish();

 private:
  OutputFile& file_;
  std::string_view folder_;
  std::string directory_;
  uint64_t position_ = 0;
  uint16_t entries_ = 0;
  void put(std::string_view bytes);
};

}  // namespace clipwork
