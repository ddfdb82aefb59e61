#include "base/temporary_file.h"

#include <clipwork/error.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace clipwork {

std::string temporary_folder() {
  if (const char* named = std::getenv("TMPDIR"); named && *named) return named;
  // /tmp lies in main memory on many machines.
  return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

int64_t free_temporary_bytes() {
  struct statvfs facts {};
  if (statvfs(temporary_folder().c_str(), &facts) != 0) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(facts.f_bavail) * static_cast<int64_t>(facts.f_frsize);
}

TemporaryFile::TemporaryFile(std::string holds, std::string advice)
    : holds_(std::move(holds)), advice_(std::move(advice)) {}

TemporaryFile::~TemporaryFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void TemporaryFile::fail(const char* action, int error) const {
  throw Error(cat("the temporary file for ", holds_, " cannot be ", action, ": ",
                  std::strerror(error), " (after ", size_ >> 20, " MB)"),
              folder_, "free some space there, set TMPDIR to another folder, or " + advice_);
}

void TemporaryFile::open() {
  folder_ = temporary_folder();
  descriptor_ = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ >= 0) return;
  // Some file systems cannot make files without a name: one is made and taken away at once.
  std::string name = folder_ + "/clipwork.XXXXXX";
  descriptor_ = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("made", errno);
  unlink(name.c_str());
}

int64_t TemporaryFile::write(const void* data, int64_t bytes) {
  if (descriptor_ < 0) open();
  int64_t offset = size_;
  auto place = free_.find(bytes);
  const bool reused = place != free_.end() && !place->second.empty();
  if (reused) offset = place->second.back();
  for (int64_t done = 0; done < bytes;) {
    ssize_t put = pwrite(descriptor_, static_cast<const char*>(data) + done,
                         static_cast<size_t>(bytes - done), offset + done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) fail("written", put < 0 ? errno : ENOSPC);
    done += put;
  }
  if (reused) {
    place->second.pop_back();
  } else {
    size_ += bytes;
  }
  return offset;
}

void TemporaryFile::read(int64_t offset, void* data, int64_t bytes) const {
  for (int64_t done = 0; done < bytes;) {
    ssize_t got = pread(descriptor_, static_cast<char*>(data) + done,
                        static_cast<size_t>(bytes - done), offset + done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("read", got < 0 ? errno : EIO);
    done += got;
  }
}

void TemporaryFile::release(int64_t offset, int64_t bytes) { free_[bytes].push_back(offset); }

}  // namespace clipwork
