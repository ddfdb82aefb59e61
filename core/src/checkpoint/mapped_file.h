#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace clipwork {

/// The bytes of a file: mapped privately where it is a regular file of this machine, read into
/// memory elsewhere (pipes, network folders).
class MappedFile {
 public:
  /// Throws InputError naming the file and the cause.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }
  /// Throws InputError when the file has become shorter than it was: touching the mapping behind
  /// its end would end the program.
  void check() const;

 private:
  MappedFile() = default;
  void read_all(size_t expected);
  std::filesystem::path path_;
  int descriptor_ = -1;
  char* data_ = nullptr;
  size_t size_ = 0;
  bool mapped_ = false;
  std::string memory_;
};

}  // namespace clipwork
