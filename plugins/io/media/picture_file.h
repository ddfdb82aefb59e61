#pragma once
// JPEG, PNG and PNM pictures as bytes: where each ends and how large it is, known before anything
// is decoded.

#include <clipwork/frame.h>

#include <cstdint>
#include <string>

namespace clipwork::media {

/// Bytes that come from a descriptor as they are asked for.
class ByteStream {
 public:
  /// Reads `descriptor`; stops, as at its end, when `wake` can be read (-1: never).
  ByteStream(int descriptor, int wake) : descriptor_(descriptor), wake_(wake) {}

  /// True if `count` bytes follow; waits for them.
  bool has(size_t count) { return count <= bytes_.size() || fetch(count); }
  uint8_t operator[](size_t position) const { return static_cast<uint8_t>(bytes_[position]); }
  /// The next `count` bytes, which must be there.
  std::string take(size_t count);

 private:
  std::string bytes_;
  int descriptor_, wake_;
  bool fetch(size_t count);
};

/// Takes one picture from the stream. Throws InputError naming `name` where there is none, where it
/// is cut off, or where it claims a size beyond reason or is longer than a picture of its size.
std::string take_picture(ByteStream& stream, const std::string& name);

/// uint8 RGB [3, H, W] of the bytes of one picture; grey ones get three equal channels, and those
/// that a camera took on its side are turned upright.
Tensor decode_picture(const std::string& bytes, const std::string& name);

/// The same of a regular file. Throws InputError where it is not there or cannot be read.
Tensor read_picture(const std::string& file);

}  // namespace clipwork::media
