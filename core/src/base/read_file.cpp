#include <clipwork/error.h>
#include <clipwork/read_file.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace clipwork {
namespace {

constexpr size_t kBlock = 1 << 16, kMostReserved = 1 << 24;

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

std::string read_file(const std::filesystem::path& file, size_t most) {
  const auto unreadable = [&] {
    return InputError(cat("the file cannot be read: ", std::strerror(errno)), file.string());
  };
  // Opening a pipe would wait for its other end.
  const Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  if (opened.number < 0 || ::fstat(opened.number, &status) != 0) throw unreadable();
  if (!S_ISREG(status.st_mode)) {
    throw InputError(cat("expected a file, found ", kind_of(status.st_mode)), file.string());
  }
  std::string bytes;
  // The size is a hint only: files of /proc have none, and others may grow.
  bytes.reserve(std::min({most, static_cast<size_t>(status.st_size), kMostReserved}) + kBlock);
  while (true) {
    const size_t before = bytes.size();
    bytes.resize(before + kBlock);
    const ssize_t got = ::read(opened.number, bytes.data() + before, kBlock);
    bytes.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw unreadable();
    if (got == 0) return bytes;
    if (bytes.size() > most) {
      const bool whole = most % (1 << 20) == 0;
      throw InputError(
          cat("the file has more than ", whole ? most >> 20 : most, whole ? " MB" : " bytes"),
          file.string());
    }
  }
}

}  // namespace clipwork
