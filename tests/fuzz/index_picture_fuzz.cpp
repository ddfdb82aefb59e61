// PNG pictures of indices: refused, or read, and then written and read again unchanged. Most
// changes are made to the pixels, behind their compression.

#include <clipwork/error.h>
#include <clipwork/index_picture.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "fuzzed_file.h"

using namespace clipwork;
using fuzz::require;

extern "C" size_t LLVMFuzzerMutate(uint8_t* bytes, size_t size, size_t most);

namespace {

const std::string& copy() {
  static const std::string path =
      (std::filesystem::temp_directory_path() / ("clipwork-fuzz-" + std::to_string(::getpid())))
          .string();
  return path;
}

uint32_t big(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}
void put_big(uint8_t* bytes, size_t value) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

/// The place of the first IDAT chunk, or `size`.
size_t data_chunk(const uint8_t* bytes, size_t size) {
  for (size_t at = 8; at + 12 <= size;) {
    const size_t length = big(bytes + at);
    if (length > size - at - 12) break;
    if (std::memcmp(bytes + at + 4, "IDAT", 4) == 0) return at;
    at += 12 + length;
  }
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const fuzz::FuzzedFile file(bytes, size);
  try {
    const IndexPicture picture = read_index_picture(file.path());
    require(picture.size == index_picture_size(file.path()));
    const auto pixels = static_cast<size_t>(picture.size.height * picture.size.width);
    require(picture.values.size() == pixels);
    int64_t area = 0;
    for (const auto& [value, mask] : masks_by_value(picture)) area += mask.area();
    require(area == static_cast<int64_t>(pixels) - std::ranges::count(picture.values, 0));
    write_index_picture(copy(), picture, IndexForm::grey16);
    require(read_index_picture(copy()).values == picture.values);
  } catch (const InputError&) {
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  const size_t at = data_chunk(bytes, size);
  if (at == size || seed % 4 == 0) return LLVMFuzzerMutate(bytes, size, most);
  const size_t length = big(bytes + at);
  std::vector<uint8_t> pixels(most);
  uLongf count = pixels.size();
  const int result = uncompress(pixels.data(), &count, bytes + at + 8, length);
  if (result != Z_OK) return LLVMFuzzerMutate(bytes, size, most);
  count = LLVMFuzzerMutate(pixels.data(), count, pixels.size());
  std::vector<uint8_t> packed(compressBound(count));
  uLongf packed_size = packed.size();
  compress(packed.data(), &packed_size, pixels.data(), count);
  const std::vector<uint8_t> rest(bytes + at + 8 + length, bytes + size);
  const size_t changed = at + 8 + packed_size + rest.size();
  if (changed > most) return size;
  put_big(bytes + at, packed_size);
  std::copy_n(packed.begin(), packed_size, bytes + at + 8);
  std::copy(rest.begin(), rest.end(), bytes + at + 8 + packed_size);
  return changed;
}
