// Run lengths from and to pictures. Pictures lie row by row and runs go down the columns, so both
// ways go through the places where a row differs from the one above it: few, and found in order.

#include <ATen/ops/empty.h>
#include <clipwork/error.h>
#include <clipwork/mask_rle.h>

#include <algorithm>
#include <cstring>

namespace clipwork {

namespace {

struct Place {
  uint32_t row, column;
};

/// Ascending by `key`, which is below `count`, otherwise in the order they had.
template <class Key>
std::vector<Place> sorted(const std::vector<Place>& places, int64_t count, Key key) {
  std::vector<size_t> next(count + 1);
  for (const Place& place : places) ++next[key(place) + 1];
  for (int64_t i = 0; i < count; ++i) next[i + 1] += next[i];
  std::vector<Place> result(places.size());
  for (const Place& place : places) result[next[key(place)]++] = place;
  return result;
}

/// Positions in row `y` at which two rows of a picture differ.
void differences(const uint8_t* above, const uint8_t* here, int64_t width, uint32_t y,
                 std::vector<Place>* found) {
  constexpr int64_t kStep = 32;
  int64_t x = 0;
  auto each = [&](int64_t end) {
    for (; x < end; ++x) {
      if ((above[x] != 0) != (here[x] != 0)) found->push_back({y, static_cast<uint32_t>(x)});
    }
  };
  while (x + kStep <= width) {
    if (std::memcmp(above + x, here + x, kStep) == 0) {
      x += kStep;
    } else {
      each(x + kStep);
    }
  }
  each(width);
}

}  // namespace

at::Tensor MaskRle::to_tensor() const {
  at::Tensor mask = at::empty({size.height, size.width}, at::kBool);
  if (mask.numel() == 0) return mask;
  std::vector<Place> changes;
  changes.reserve(2 * counts.size());
  const auto height = static_cast<uint32_t>(size.height);
  auto change = [&](uint32_t row, uint32_t column) { changes.push_back({row, column}); };
  uint32_t end = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    uint32_t begin = end;
    end += counts[i];
    if (i % 2 == 0) continue;
    for (uint32_t at = begin; at < end;) {
      uint32_t column = at / height, stop = std::min(end - column * height, height);
      change(at - column * height, column);
      if (stop < height) change(stop, column);
      at = column * height + stop;
    }
  }
  changes = sorted(changes, size.height, [](const Place& place) { return place.row; });
  std::vector<uint8_t> line(size.width);
  bool* row = mask.mutable_data_ptr<bool>();
  auto next = changes.begin();
  for (uint32_t y = 0; y < height; ++y, row += size.width) {
    for (; next != changes.end() && next->row == y; ++next) line[next->column] ^= 1;
    std::memcpy(row, line.data(), line.size());
  }
  return mask;
}

MaskRle MaskRle::from_tensor(const at::Tensor& mask) {
  if (!mask.defined() || mask.dim() != 2 || !mask.device().is_cpu() ||
      (mask.scalar_type() != at::kBool && mask.scalar_type() != at::kByte)) {
    throw Error("a mask must be a bool or uint8 tensor [height, width] on the CPU");
  }
  MaskRle rle = blank({mask.size(0), mask.size(1)});
  if (mask.numel() == 0) return rle;
  const at::Tensor rows = mask.contiguous();
  const auto* pixels = static_cast<const uint8_t*>(rows.const_data_ptr());
  const auto height = static_cast<uint32_t>(rle.size.height);
  const int64_t width = rle.size.width;
  std::vector<Place> changes;
  for (uint32_t y = 1; y < height; ++y)
    differences(pixels + (y - 1) * width, pixels + y * width, width, y, &changes);
  changes = sorted(changes, width, [](const Place& place) { return place.column; });

  rle.counts.clear();
  uint32_t run_begin = 0;
  bool value = false;
  auto turn = [&](uint32_t at) {
    rle.counts.push_back(at - run_begin);
    run_begin = at;
    value = !value;
  };
  auto next = changes.begin();
  for (uint32_t x = 0; x < width; ++x) {
    if ((pixels[x] != 0) != value) turn(x * height);
    for (; next != changes.end() && next->column == x; ++next) turn(x * height + next->row);
  }
  rle.counts.push_back(static_cast<uint32_t>(height * width) - run_begin);
  return rle;
}

}  // namespace clipwork
