#pragma once
// The one way in which outputs are written: a file appears whole or not at all.

#include <clipwork/api.h>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace clipwork {

/// A file that is written under a temporary name in its folder, which is made, and gets its own
/// name in `commit`; without `commit` no file is left and one of that name stays. Temporaries that
/// killed programs of this machine left in the folder are removed. What is not a regular file (a
/// device, a pipe) is written directly. All functions throw Error naming the path and the cause.
class CLIPWORK_API OutputFile {
 public:
  /// The folder of `file` must exist.
  explicit OutputFile(std::filesystem::path file);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);
  /// Brings everything to the disk and gives the file its name. Nothing can be written afterwards.
  void commit();

  /// The path of the bytes until `commit`: for encoders that insist on opening a path themselves
  /// and have closed it before `commit`. It has the extension of the file's name.
  const std::filesystem::path& temporary() const { return temporary_; }

 private:
  std::filesystem::path file_, temporary_;
  std::string buffer_;
  int descriptor_ = -1;
  bool direct_ = false;
  void flush();
  void put(const char* bytes, size_t count);
  [[noreturn]] void fail(int cause) const;
};

/// Writes a whole file at once.
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace clipwork
