#pragma once
// A file that nobody else sees: it has no name, so it vanishes with the process however that ends.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clipwork {

class TemporaryFile {
 public:
  /// `holds` says in messages what it is for ("masks"), `advice` what helps where it cannot grow.
  TemporaryFile(std::string holds, std::string advice);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  /// Writes to a place that is free; gives its offset. The file is made by the first call, in the
  /// folder that TMPDIR names, else in /var/tmp, else in /tmp. Throws Error where the disk is full.
  int64_t write(const void* data, int64_t bytes);
  void read(int64_t offset, void* data, int64_t bytes) const;
  /// The place of an earlier `write` of this size may be used again.
  void release(int64_t offset, int64_t bytes);
  /// The size of the file in bytes.
  int64_t size() const { return size_; }

 private:
  [[noreturn]] void fail(const char* action, int error) const;
  void open();

  std::string holds_, advice_, folder_;
  int descriptor_ = -1;
  int64_t size_ = 0;
  std::map<int64_t, std::vector<int64_t>> free_;  // by size
};

/// The folder for temporary files.
std::string temporary_folder();
/// Bytes that this process may still write there; a very large number where it is not known.
int64_t free_temporary_bytes();

}  // namespace clipwork
