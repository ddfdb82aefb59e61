#include "picture_file.h"

#include <clipwork/error.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "pixels.h"

namespace clipwork::media {
namespace {

/// A picture's data is refused where it is longer than this and its pixels at 16 bits with opacity:
/// profiles, previews and comments have room enough.
constexpr size_t kMostBesidePixels = size_t{1} << 26, kMostOfPixel = 8;

[[noreturn]] void fail_cut(const std::string& name) {
  throw InputError("the picture is truncated: its data ends before it is complete", name);
}
[[noreturn]] void fail_damaged(const std::string& name) {
  throw InputError("the picture is damaged and cannot be decoded", name);
}

/// Finds the end of a picture, front to back, by what its format says of its parts.
class Walk {
 public:
  Walk(ByteStream& stream, const std::string& name) : stream_(stream), name_(name) {}

  size_t jpeg() {
    skip(2);
    while (true) {
      uint8_t marker = jpeg_marker();
      if (marker == 0xD9) return position_;
      const size_t segment = position_, length = big(2);
      if (length < 2) fail_damaged(name_);
      const bool frame =
          marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
      if (frame) {
        skip(1);
        const auto height = static_cast<int64_t>(big(2)), width = static_cast<int64_t>(big(2));
        allow({height, width});
      }
      position_ = segment;
      skip(length);
      if (marker == 0xDA) jpeg_scan();
    }
  }

  size_t png() {
    skip(8);
    while (true) {
      const size_t length = big(4), type = big(4), data = position_;
      if (type == chunk("IHDR")) {
        const auto width = static_cast<int64_t>(big(4)), height = static_cast<int64_t>(big(4));
        allow({height, width});
      }
      position_ = data;
      skip(length + 4);
      if (type == chunk("IEND")) return position_;
    }
  }

  size_t pnm() {
    skip(1);
    const size_t channels = byte() == '6' ? 3 : 1;
    const int64_t width = decimal(), height = decimal(), largest = decimal();
    allow({height, width});
    if (largest < 1 || largest > 65535) fail_damaged(name_);
    skip(1);
    skip(static_cast<size_t>(height * width) * channels * (largest > 255 ? 2 : 1));
    return position_;
  }

 private:
  ByteStream& stream_;
  const std::string& name_;
  size_t position_ = 0, most_bytes_ = kMostBesidePixels;

  void allow(Size size) {
    check_size(size, name_);
    most_bytes_ = kMostBesidePixels + kMostOfPixel * static_cast<size_t>(size.height * size.width);
  }
  void skip(size_t count) {
    if (count > most_bytes_ || position_ > most_bytes_ - count) {
      throw InputError(cat("the picture's data is longer than ", most_bytes_ >> 20, " MB"), name_,
                       "64 MB and 8 bytes for each pixel can be read");
    }
    position_ += count;
    if (!stream_.has(position_)) fail_cut(name_);
  }
  uint8_t byte() {
    skip(1);
    return stream_[position_ - 1];
  }
  size_t big(int bytes) {
    size_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }
  static constexpr size_t chunk(const char (&name)[5]) {
    return static_cast<size_t>(name[0]) << 24 | static_cast<size_t>(name[1]) << 16 |
           static_cast<size_t>(name[2]) << 8 | static_cast<size_t>(name[3]);
  }

  uint8_t jpeg_marker() {
    if (byte() != 0xFF) fail_damaged(name_);
    uint8_t marker = byte();
    while (marker == 0xFF) marker = byte();  // fill bytes
    if (marker == 0) fail_damaged(name_);
    return marker;
  }
  /// Coded data goes on to the next marker that is neither a stuffed FF nor a restart.
  void jpeg_scan() {
    while (true) {
      if (byte() != 0xFF) continue;
      const uint8_t next = byte();
      if (next == 0 || (next >= 0xD0 && next <= 0xD7)) continue;
      position_ -= next == 0xFF ? 1 : 2;
      if (next != 0xFF) return;
    }
  }
  int64_t decimal() {
    uint8_t c = byte();
    while (std::isspace(c) || c == '#') {
      while (c == '#') {
        while (c != '\n') c = byte();
      }
      c = byte();
    }
    int64_t value = 0;
    for (; std::isdigit(c); c = byte()) {
      value = value * 10 + (c - '0');
      if (value > (int64_t{1} << 40)) fail_damaged(name_);
    }
    --position_;
    return value;
  }
};

/// An open file. Devices and pipes, which may have no end or no beginning, are refused.
class RegularFile {
 public:
  explicit RegularFile(const std::string& file)
      // A pipe without a writer would be waited for.
      : descriptor_(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    if (descriptor_ < 0 && errno == ENOENT) throw InputError("there is no such file", file);
    if (descriptor_ < 0) throw InputError(cat("cannot be opened: ", std::strerror(errno)), file);
    struct stat status {};
    if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) return;
    ::close(descriptor_);
    throw InputError("expected a picture, found a folder, a device or a pipe", file);
  }
  ~RegularFile() { ::close(descriptor_); }
  RegularFile(const RegularFile&) = delete;
  RegularFile& operator=(const RegularFile&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

bool ByteStream::fetch(size_t count) {
  while (bytes_.size() < count) {
    pollfd ready[] = {{descriptor_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) break;
    if (ready[1].revents) break;
    if (!ready[0].revents) continue;
    char block[1 << 16];
    const ssize_t got = ::read(descriptor_, block, sizeof block);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) break;
    bytes_.append(block, static_cast<size_t>(got));
  }
  return bytes_.size() >= count;
}

std::string ByteStream::take(size_t count) {
  std::string front = bytes_.substr(0, count);
  bytes_.erase(0, count);
  return front;
}

std::string take_picture(ByteStream& stream, const std::string& name) {
  Walk walk(stream, name);
  size_t length = 0;
  if (stream.has(2) && stream[0] == 0xFF && stream[1] == 0xD8) {
    length = walk.jpeg();
  } else if (stream.has(8) && stream[0] == 0x89 && stream[1] == 'P' && stream[2] == 'N') {
    length = walk.png();
  } else if (stream.has(2) && stream[0] == 'P' && (stream[1] == '5' || stream[1] == '6')) {
    length = walk.pnm();
  } else {
    throw InputError("is not a JPEG, PNG or binary PNM (PPM, PGM) picture", name);
  }
  return stream.take(length);
}

Tensor decode_picture(const std::string& bytes, const std::string& name) {
  cv::Mat picture;
  try {
    picture = cv::imdecode(
        cv::Mat(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data())),
        cv::IMREAD_COLOR);
  } catch (const cv::Exception&) {
    // An empty picture says the same.
  }
  if (picture.empty()) fail_damaged(name);
  return tensor_from_bgr(picture);
}

Tensor read_picture(const std::string& file) {
  const RegularFile opened(file);
  ByteStream stream(opened.descriptor(), /*wake=*/-1);
  return decode_picture(take_picture(stream, file), file);
}

}  // namespace clipwork::media
