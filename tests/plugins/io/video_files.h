#pragma once
// Video files made by hand: what FFmpeg's muxers do not write, and what nobody should.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace clipwork::test {

inline std::string big_endian(int64_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

inline std::string little_endian(uint32_t value) {
  const std::string bytes = big_endian(value);
  return {bytes.rbegin(), bytes.rend()};
}

/// An MP4 file with the numbers a, b, c and d of its track's display matrix replaced: a stored
/// point (x, y) is shown at (a x + c y, b x + d y).
inline std::string with_matrix(std::string mp4, const std::array<double, 4>& matrix) {
  const size_t at = mp4.find("tkhd") + 4 + 40;
  std::string numbers;
  for (const double number : matrix) numbers += big_endian(std::lround(number * 65536));
  mp4.replace(at, 8, numbers.substr(0, 8));
  mp4.replace(at + 12, 8, numbers.substr(8));
  return mp4;
}

/// An MP4 file whose edit list leaves out the first seconds and ends after some more. `ticks`: of
/// the track's clock a second.
inline std::string with_edit_list(std::string mp4, double left_out, double seconds, int ticks) {
  const size_t at = mp4.find("elst") + 4;
  EXPECT_EQ(mp4.substr(at, 8), std::string("\0\0\0\0\0\0\0\1", 8)) << "expected one edit";
  int64_t start = 0;
  for (size_t i = 0; i < 4; ++i) start = start << 8 | static_cast<uint8_t>(mp4[at + 12 + i]);
  const std::string duration = big_endian(std::lround(seconds * 1000));
  mp4.replace(mp4.find("mvhd") + 4 + 16, 4, duration);
  mp4.replace(at + 8, 4, duration);
  mp4.replace(at + 12, 4, big_endian(start + std::lround(left_out * ticks)));
  return mp4;
}

/// An AVI file of coded pictures, 5 a second. Its header promises `promised` of them, 64x48.
inline std::string avi(const std::string& codec, const std::vector<std::string>& pictures,
                       uint32_t promised) {
  auto chunk = [](const std::string& name, const std::string& body) {
    return name + little_endian(static_cast<uint32_t>(body.size())) + body +
           std::string(body.size() % 2, '\0');
  };
  auto numbers = [](std::initializer_list<uint32_t> values) {
    std::string bytes;
    for (const uint32_t value : values) bytes += little_endian(value);
    return bytes;
  };
  constexpr uint32_t kWidth = 64, kHeight = 48, kRate = 5;
  const std::string header = chunk(
      "avih", numbers({1000000 / kRate, 0, 0, 0, promised, 0, 1, 0, kWidth, kHeight, 0, 0, 0, 0}));
  const std::string stream =
      chunk("strh", "vids" + codec + numbers({0, 0, 0, 1, kRate, 0, promised, 0, 0, 0, 0, 0})) +
      chunk("strf",
            numbers({40, kWidth, kHeight, 24u << 16 | 1}) + codec + numbers({0, 0, 0, 0, 0}));
  std::string movie = "movi";
  for (const std::string& picture : pictures) movie += chunk("00dc", picture);
  return chunk("RIFF", "AVI " + chunk("LIST", "hdrl" + header + chunk("LIST", "strl" + stream)) +
                           chunk("LIST", movie));
}

/// The plane of a raw picture, all samples equal; 2 bytes for each where there are more than 8
/// bits.
struct Plane {
  int width, height, value;
  bool wide = false;
};

/// A raw video, 25 frames a second, each of these planes. `tags`: "C420 XCOLORRANGE=FULL".
inline std::string y4m(int width, int height, const std::string& tags,
                       const std::vector<Plane>& planes, int frames) {
  std::string file = "YUV4MPEG2 W" + std::to_string(width) + " H" + std::to_string(height) +
                     " F25:1 Ip A1:1 " + tags + "\n";
  for (int i = 0; i < frames; ++i) {
    file += "FRAME\n";
    for (const Plane& plane : planes) {
      for (int sample = 0; sample < plane.width * plane.height; ++sample) {
        file += static_cast<char>(plane.value & 0xFF);
        if (plane.wide) file += static_cast<char>(plane.value >> 8);
      }
    }
  }
  return file;
}

}  // namespace clipwork::test
