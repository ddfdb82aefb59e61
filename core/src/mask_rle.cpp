#include <ATen/ops/empty.h>
#include <clipwork/error.h>
#include <clipwork/masks.h>

#include <cstring>
#include <limits>
#include <numeric>

namespace clipwork {

namespace {

/// The number of pixels. Throws InputError where run lengths could not count them.
uint32_t pixels_of(Size size) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  if (size.height < 0 || size.width < 0 || size.height > kMost || size.width > kMost ||
      (size.width > 0 && size.height > kMost / size.width)) {
    throw InputError(cat("a mask cannot have the size ", size.height, " x ", size.width));
  }
  return static_cast<uint32_t>(size.height * size.width);
}

}  // namespace

int64_t MaskRle::area() const {
  int64_t sum = 0;
  for (size_t i = 1; i < counts.size(); i += 2) sum += counts[i];
  return sum;
}

std::string MaskRle::compressed() const {
  std::string text;
  for (size_t i = 0; i < counts.size(); ++i) {
    int64_t value = counts[i];
    if (i > 2) value -= counts[i - 2];
    bool more = true;
    while (more) {
      int64_t group = value & 31;
      value >>= 5;
      // The last group's bit 16 is the sign of the whole number.
      more = (group & 16) ? value != -1 : value != 0;
      text += static_cast<char>(48 + (more ? group | 32 : group));
    }
  }
  return text;
}

Tensor MaskRle::to_tensor() const {
  Tensor columns = at::empty({size.width, size.height}, at::kBool);
  bool* pixel = columns.mutable_data_ptr<bool>();
  bool value = false;
  for (uint32_t count : counts) {
    std::memset(pixel, value, count);
    pixel += count;
    value = !value;
  }
  return columns.t().contiguous();
}

MaskRle MaskRle::from_tensor(const Tensor& mask) {
  if (!mask.defined() || mask.dim() != 2 || !mask.device().is_cpu() ||
      (mask.scalar_type() != at::kBool && mask.scalar_type() != at::kByte)) {
    throw Error("a mask must be a bool or uint8 tensor [height, width] on the CPU");
  }
  MaskRle rle;
  rle.size = {mask.size(0), mask.size(1)};
  const uint32_t pixels = pixels_of(rle.size);
  Tensor columns = mask.to(at::kBool).t().contiguous();
  const char* pixel = static_cast<const char*>(columns.const_data_ptr());
  uint32_t at = 0;
  for (char value = 0; at < pixels; value = !value) {
    const void* end = std::memchr(pixel + at, !value, pixels - at);
    uint32_t next = end ? static_cast<uint32_t>(static_cast<const char*>(end) - pixel) : pixels;
    rle.counts.push_back(next - at);
    at = next;
  }
  return rle;
}

MaskRle MaskRle::blank(Size size) {
  uint32_t pixels = pixels_of(size);
  MaskRle rle;
  rle.size = size;
  if (pixels > 0) rle.counts = {pixels};
  return rle;
}

MaskRle MaskRle::parse(std::string_view compressed, Size size) {
  const int64_t pixels = pixels_of(size);
  MaskRle rle;
  rle.size = size;
  auto refuse = [&](size_t position, const std::string& problem) {
    throw InputError(cat("the run-length code of a ", size.height, " x ", size.width,
                         " mask is not valid at character ", position + 1, ": ", problem));
  };
  int64_t sum = 0, before = 0, last = 0;  // pixels so far; the run two before, and the one before
  bool foreground = false;
  for (size_t position = 0, run = 0; position < compressed.size(); ++run) {
    size_t start = position;
    int64_t value = 0;
    for (int shift = 0;; shift += 5) {
      if (position == compressed.size()) refuse(position - 1, "it ends in the middle of a number");
      int character = static_cast<unsigned char>(compressed[position]);
      if (character < 48 || character > 111) refuse(position, "only the characters 0 to o occur");
      if (shift > 40) refuse(position, "the number does not end");
      int64_t group = character - 48;
      value |= (group & 31) << shift;
      ++position;
      if (group & 32) continue;
      if (group & 16) value -= int64_t{1} << (shift + 5);
      break;
    }
    if (run > 2) value += before;
    if (value < 0) refuse(start, "a run is negative");
    if (value > pixels - sum) refuse(start, "the runs hold more pixels than the mask");
    before = last;
    last = value;
    sum += value;
    // Empty runs are valid but say nothing; without them equal masks have equal codes.
    if (run == 0) {
      rle.counts.push_back(static_cast<uint32_t>(value));
    } else if (value > 0 && foreground == (rle.counts.size() % 2 == 0)) {
      rle.counts.back() += static_cast<uint32_t>(value);
    } else if (value > 0) {
      rle.counts.push_back(static_cast<uint32_t>(value));
    }
    foreground = !foreground;
  }
  if (sum != pixels) {
    throw InputError(cat("the run-length code of a ", size.height, " x ", size.width,
                         " mask holds ", sum, " pixels instead of ", pixels));
  }
  if (pixels == 0) rle.counts.clear();
  return rle;
}

}  // namespace clipwork
