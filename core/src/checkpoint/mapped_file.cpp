#include "checkpoint/mapped_file.h"

#include <clipwork/error.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace clipwork {
namespace {

constexpr size_t kMemoryLimit = size_t{8} << 30;

/// True if other machines may change the file while it is mapped here.
bool is_remote(int descriptor) {
  struct statfs info {};
  if (::fstatfs(descriptor, &info) != 0) return true;
  for (long type : {long{NFS_SUPER_MAGIC}, long{SMB_SUPER_MAGIC}, long{0xFF534D42} /* CIFS */,
                    long{0xFE534D42} /* SMB2 */, long{V9FS_MAGIC}, long{0x65735546} /* FUSE */}) {
    if (static_cast<uint32_t>(info.f_type) == static_cast<uint32_t>(type)) return true;
  }
  return false;
}

[[noreturn]] void fail(const std::filesystem::path& file, int cause) {
  throw InputError(cat("cannot be read: ", std::strerror(cause)), file.string(),
                   cause == ENOENT ? "check its name" : "");
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& file) {
  std::shared_ptr<MappedFile> result(new MappedFile);
  result->path_ = file;
  result->descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (result->descriptor_ < 0) fail(file, errno);
  struct stat status {};
  if (::fstat(result->descriptor_, &status) != 0) fail(file, errno);
  if (S_ISDIR(status.st_mode)) fail(file, EISDIR);
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    throw InputError("is a device, not a file", file.string());
  }
  size_t size = static_cast<size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size == 0 || is_remote(result->descriptor_)) {
    result->read_all(size);
    return result;
  }
  // Private and writable: who changes a tensor in place changes a copy of the page, not the file.
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                      result->descriptor_, 0);
  if (data == MAP_FAILED) fail(file, errno);
  result->data_ = static_cast<char*>(data);
  result->size_ = size;
  result->mapped_ = true;
  return result;
}

void MappedFile::read_all(size_t expected) {
  constexpr size_t kStep = 1 << 20;
  size_t count = 0;
  while (true) {
    if (count >= kMemoryLimit) {
      throw InputError("is longer than 8 GiB and cannot be mapped into memory", path_.string(),
                       "copy it to a local folder first");
    }
    // One byte more than expected shows the end without another doubling.
    memory_.resize(std::max(count + kStep, std::min(expected + 1, kMemoryLimit)));
    ssize_t got = ::read(descriptor_, memory_.data() + count, memory_.size() - count);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path_, errno);
    if (got == 0) break;
    count += static_cast<size_t>(got);
  }
  memory_.resize(count);
  data_ = memory_.data();
  size_ = count;
}

MappedFile::~MappedFile() {
  if (mapped_) ::munmap(data_, size_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void MappedFile::check() const {
  if (!mapped_) return;
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail(path_, errno);
  if (static_cast<size_t>(status.st_size) < size_) {
    throw InputError(
        cat("was truncated from ", size_, " to ", status.st_size, " bytes while it was being read"),
        path_.string(), "write such files under another name and rename them");
  }
}

}  // namespace clipwork
