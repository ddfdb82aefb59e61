// Mask strings: a code is refused, or it is a mask that goes through every form unchanged. The
// first four bytes are the size, the rest is the string, run lengths, and a polygon.

#include <clipwork/error.h>
#include <clipwork/mask_rle.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "fuzzed_file.h"

using namespace clipwork;
using fuzz::require;

namespace {

template <class Read>
std::optional<MaskRle> taken(Read read) {
  try {
    return read();
  } catch (const InputError&) {
    return {};
  }
}

std::vector<int64_t> runs_of(const MaskRle& mask) {
  return {mask.counts.begin(), mask.counts.end()};
}

void check(const MaskRle& mask) {
  const Size size = mask.size;
  const int64_t pixels = size.height * size.width;
  int64_t sum = 0;
  for (uint32_t count : mask.counts) sum += count;
  require(sum == pixels);
  require(std::count(mask.counts.begin() + !mask.counts.empty(), mask.counts.end(), 0u) == 0);
  require(MaskRle::parse(mask.compressed(), size) == mask);
  require(MaskRle::of_runs(runs_of(mask), size) == mask);
  const Box box = mask.box();
  require(mask.area() <= box.width * box.height);
  require(box.x >= 0 && box.x + box.width <= size.width);
  require(box.y >= 0 && box.y + box.height <= size.height);

  std::vector<int64_t> inverse_runs = runs_of(mask);
  inverse_runs.insert(inverse_runs.begin(), 0);
  const MaskRle inverse = MaskRle::of_runs(inverse_runs, size);
  require(unite(mask, mask) == mask && intersect(mask, mask) == mask);
  require(unite(mask, inverse).area() == pixels && intersect(mask, inverse).area() == 0);
  require(common_area(mask, inverse) == 0 && common_area(mask, mask) == mask.area());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size < 4) return 0;
  uint16_t sides[2];
  std::memcpy(sides, bytes, sizeof sides);
  const Size of{sides[0], sides[1]};
  bytes += 4;
  size -= 4;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (auto mask = taken([&] { return MaskRle::parse(text, of); })) check(*mask);

  std::vector<int64_t> runs(size / sizeof(int16_t));
  std::vector<double> polygon(size / sizeof(int16_t));
  for (size_t i = 0; i < runs.size(); ++i) {
    int16_t number;
    std::memcpy(&number, bytes + i * sizeof number, sizeof number);
    runs[i] = number;
    polygon[i] = number / 10.0;
  }
  if (auto mask = taken([&] { return MaskRle::of_runs(runs, of); })) check(*mask);
  if (auto mask = taken([&] { return MaskRle::of_polygons({polygon}, of); })) check(*mask);
  std::vector<double> doubles(std::min<size_t>(size / sizeof(double), 64));
  if (!doubles.empty()) std::memcpy(doubles.data(), bytes, doubles.size() * sizeof(double));
  if (auto mask = taken([&] { return MaskRle::of_polygons({doubles}, of); })) check(*mask);
  return 0;
}
