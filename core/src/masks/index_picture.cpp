#include <clipwork/error.h>
#include <clipwork/index_picture.h>
#include <clipwork/output_file.h>
#include <clipwork/read_file.h>
#include <clipwork/size_limits.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string_view>
#include <utility>

#include "masks/index_bytes.h"

namespace clipwork {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
/// Bytes of the signature and the chunk IHDR.
constexpr size_t kHeader = 33;
/// Of all objects of a picture. A pattern that compresses well has a run for every pixel.
constexpr int64_t kMostRunsOfPicture = int64_t{1} << 24;

uint32_t big(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

struct Header {
  Size size;
  int bits = 0;
};

/// Reads the first `kHeader` bytes.
Header header(std::string_view bytes, const std::string& name) {
  if (bytes.size() < kHeader || !bytes.starts_with(kSignature) || bytes.substr(12, 4) != "IHDR") {
    throw InputError("is not a PNG picture", name);
  }
  Header header{{big(bytes, 20), big(bytes, 16)}, bytes[24]};
  const Size size = header.size;
  if (!is_readable(size)) {
    throw InputError(cat("claims to be ", size.width, " x ", size.height,
                         " pixels, which is not a supported size"),
                     name);
  }
  const int colour = bytes[25];
  const bool palette = colour == 3 && header.bits <= 8, grey = colour == 0 && header.bits <= 16;
  if ((!palette && !grey) || header.bits < 1 || (header.bits & (header.bits - 1)) != 0) {
    throw InputError("is a colour picture, expected indices", name,
                     "masks must be palette or greyscale PNG files");
  }
  if (bytes[28] != 0) throw InputError("is interlaced", name, "save it without interlacing");
  return header;
}

/// The contents of all IDAT chunks.
std::vector<std::string_view> image_data(std::string_view bytes, const std::string& name) {
  std::vector<std::string_view> data;
  for (size_t at = 8; at + 12 <= bytes.size();) {
    const uint32_t length = big(bytes, at);
    const std::string_view type = bytes.substr(at + 4, 4);
    if (length > bytes.size() - at - 12) break;
    if (type == "IEND") return data;
    if (type == "IDAT") data.push_back(bytes.substr(at + 8, length));
    at += 12 + length;
  }
  throw InputError("the picture is truncated", name);
}

/// Unpacks the chunks' data piece by piece: a row at a time, a picture takes little memory beside
/// its values, however small its file is.
class Unpacker {
 public:
  explicit Unpacker(std::vector<std::string_view> chunks) : chunks_(std::move(chunks)) {
    if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
  }
  ~Unpacker() { inflateEnd(&stream_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  /// Fills `count` bytes; false where the data is damaged or ends before.
  bool read(uint8_t* bytes, size_t count) {
    stream_.next_out = bytes;
    stream_.avail_out = static_cast<uInt>(count);
    while (stream_.avail_out > 0) {
      if (!step()) return false;
    }
    return true;
  }
  /// True if the data ends here, with the right checksum.
  bool ends() {
    uint8_t beyond = 0;
    stream_.next_out = &beyond;
    stream_.avail_out = 1;
    while (!ended_ && step()) {
      if (stream_.avail_out == 0) return false;
    }
    return ended_;
  }

 private:
  std::vector<std::string_view> chunks_;
  size_t next_ = 0;  ///< of the chunks
  z_stream stream_{};
  bool ended_ = false;

  bool step() {
    while (stream_.avail_in == 0 && next_ < chunks_.size()) {
      const std::string_view chunk = chunks_[next_++];
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(chunk.data()));
      stream_.avail_in = static_cast<uInt>(chunk.size());
    }
    const int result = ended_ ? Z_DATA_ERROR : inflate(&stream_, Z_NO_FLUSH);
    ended_ = ended_ || result == Z_STREAM_END;
    return result == Z_OK || result == Z_STREAM_END;
  }
};

/// Undoes PNG's filter of one row; `above` is empty for the first.
bool unfilter(uint8_t filter, uint8_t* row, const uint8_t* above, size_t length, size_t step) {
  for (size_t i = 0; i < length; ++i) {
    const int left = i >= step ? row[i - step] : 0, up = above ? above[i] : 0;
    const int corner = above && i >= step ? above[i - step] : 0;
    int guess = 0;
    switch (filter) {
      case 0:
        return true;
      case 1:
        guess = left;
        break;
      case 2:
        guess = up;
        break;
      case 3:
        guess = (left + up) / 2;
        break;
      case 4: {
        const int a = std::abs(up - corner), b = std::abs(left - corner);
        const int c = std::abs(left + up - 2 * corner);
        guess = a <= b && a <= c ? left : b <= c ? up : corner;
        break;
      }
      default:
        return false;
    }
    row[i] = static_cast<uint8_t>(row[i] + guess);
  }
  return true;
}

/// DAVIS's colours: the bits of an index, dealt out to red, green and blue from the highest down.
std::string palette() {
  std::string colours;
  for (int index = 0; index < 256; ++index) {
    std::array<int, 3> colour{};
    for (int bit = 0; bit < 8; ++bit) {
      colour[static_cast<size_t>(bit % 3)] |= (index >> bit & 1) << (7 - bit / 3);
    }
    for (const int value : colour) colours += static_cast<char>(value);
  }
  return colours;
}

std::string number(uint32_t value) {
  return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}
std::string chunk(const char* type, const std::string& data) {
  const std::string body = type + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), uInt(body.size()));
  return number(static_cast<uint32_t>(data.size())) + body + number(static_cast<uint32_t>(sum));
}

}  // namespace

Size index_bytes_size(std::string_view bytes, const std::string& name) {
  return header(bytes, name).size;
}

Size index_picture_size(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw InputError("the file cannot be read", file);
  std::string bytes(kHeader, '\0');
  stream.read(bytes.data(), kHeader);
  bytes.resize(static_cast<size_t>(stream.gcount()));
  return header(bytes, file).size;
}

IndexPicture read_index_picture(const std::string& file) {
  return read_index_bytes(read_file(file), file);
}

IndexPicture read_index_bytes(std::string_view bytes, const std::string& name) {
  const Header head = header(bytes, name);
  const auto height = static_cast<size_t>(head.size.height);
  const auto width = static_cast<size_t>(head.size.width);
  const auto bits = static_cast<size_t>(head.bits);
  const size_t row = (width * bits + 7) / 8, step = std::max<size_t>(1, bits / 8);
  Unpacker unpacker(image_data(bytes, name));
  auto fail = [&] { throw InputError("the picture is damaged", name); };

  IndexPicture picture{head.size, {}};
  picture.values.reserve(width * height);
  // The filter, then the pixels.
  std::vector<uint8_t> line(1 + row), above;
  for (size_t y = 0; y < height; ++y) {
    uint8_t* pixels = line.data() + 1;
    const bool sound =
        unpacker.read(line.data(), line.size()) &&
        unfilter(line[0], pixels, above.empty() ? nullptr : above.data() + 1, row, step);
    if (!sound) fail();
    for (size_t x = 0; x < width; ++x) {
      const size_t bit = x * bits;
      const unsigned value = bits == 16
                                 ? pixels[2 * x] << 8 | pixels[2 * x + 1]
                                 : pixels[bit / 8] >> (8 - bits - bit % 8) & ((1u << bits) - 1);
      picture.values.push_back(static_cast<uint16_t>(value));
    }
    above = line;
  }
  if (!unpacker.ends()) fail();
  return picture;
}

std::map<int64_t, MaskRle> masks_by_value(const IndexPicture& picture) {
  struct Runs {
    std::vector<int64_t> counts;
    int64_t end = 0;  // of the last run, as a position down the columns
  };
  std::map<int64_t, Runs> runs;
  const auto [height, width] = picture.size;
  int64_t count = 0;
  auto add = [&](uint16_t value, int64_t begin, int64_t end) {
    if (value == 0) return;
    if (++count > kMostRunsOfPicture) {
      throw InputError(cat("its objects have more than ", kMostRunsOfPicture, " runs of pixels"));
    }
    Runs& one = runs[value];
    one.counts.push_back(begin - one.end);
    one.counts.push_back(end - begin);
    one.end = end;
  };
  uint16_t value = 0;
  int64_t begin = 0;
  for (int64_t x = 0; x < width; ++x) {
    for (int64_t y = 0; y < height; ++y) {
      const uint16_t here = picture.values[static_cast<size_t>(y * width + x)];
      if (here == value) continue;
      add(value, begin, x * height + y);
      value = here;
      begin = x * height + y;
    }
  }
  add(value, begin, height * width);
  std::map<int64_t, MaskRle> masks;
  for (auto& [number, one] : runs) {
    one.counts.push_back(height * width - one.end);
    masks.emplace(number, MaskRle::of_runs(one.counts, picture.size));
  }
  return masks;
}

void write_index_picture(const std::string& file, const IndexPicture& picture, IndexForm form) {
  const bool wide = form == IndexForm::grey16;
  const auto width = static_cast<size_t>(picture.size.width);
  std::string raw;
  for (size_t i = 0; i < picture.values.size(); ++i) {
    const uint16_t value = picture.values[i];
    if (!wide && value > 255) {
      throw Error(cat("a palette is limited to 256 entries, found ", value + 1), file);
    }
    if (i % width == 0) raw += '\0';
    if (wide) raw += static_cast<char>(value >> 8);
    raw += static_cast<char>(value);
  }
  uLongf length = compressBound(raw.size());
  std::string packed(length, '\0');
  if (compress(reinterpret_cast<Bytef*>(packed.data()), &length,
               reinterpret_cast<const Bytef*>(raw.data()), raw.size()) != Z_OK) {
    throw Error("there is not enough memory to compress the picture", file);
  }
  packed.resize(length);
  const std::string head = number(static_cast<uint32_t>(picture.size.width)) +
                           number(static_cast<uint32_t>(picture.size.height)) +
                           std::string{char(wide ? 16 : 8), char(wide ? 0 : 3), 0, 0, 0};
  std::string bytes(kSignature);
  bytes += chunk("IHDR", head);
  if (!wide) bytes += chunk("PLTE", palette());
  bytes += chunk("IDAT", packed) + chunk("IEND", {});
  write_file(file, bytes);
}

}  // namespace clipwork
