#pragma once
// Event files, as TensorBoard reads them: TFRecords of `Event` messages.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clipwork::runs {

/// `events.out.tfevents.SECONDS.HOST.PID` in a folder.
class EventFile {
 public:
  /// Begins a file of its own; what earlier files of the folder hold from step `first` on counts no
  /// more (a resumed training). `seconds`: since 1970. Throws Error where it cannot be written.
  EventFile(const std::filesystem::path& folder, int64_t first, double seconds);
  using Values = std::vector<std::pair<std::string, double>>;
  void add(int64_t step, const Values& values, double seconds);
  /// A picture file's bytes (PNG or JPEG).
  void add_picture(int64_t step, const std::string& name, int64_t height, int64_t width,
                   std::string_view bytes, double seconds);
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::ofstream stream_;
  void put(const std::string& event);
};

/// CRC-32C (Castagnoli).
uint32_t crc32c(std::string_view bytes);

/// Now, as seconds since 1970.
double unix_seconds();

}  // namespace clipwork::runs
