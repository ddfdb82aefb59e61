#include <ATen/ops/empty.h>
#include <clipwork/error.h>
#include <clipwork/preprocess.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "frames/size_text.h"

namespace clipwork {

namespace {

constexpr float kOne = 2048;  // weights are 11-bit fractions

/// For every output position the two source positions that it mixes, and what they count for.
struct Taps {
  std::vector<int64_t> low, high;
  std::vector<int32_t> low_weight, high_weight;
};

/// `inside`: positions beyond the first and the last pixel take that pixel alone (columns); else
/// weights stay as they are and only the positions are moved inside (rows).
Taps make_taps(int64_t from, int64_t to, bool inside) {
  double scale = 1 / (static_cast<double>(to) / static_cast<double>(from));
  Taps taps;
  for (int64_t i = 0; i < to; ++i) {
    auto place = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
    auto low = static_cast<int64_t>(std::floor(place));
    float share = place - static_cast<float>(low);
    if (inside && (low < 0 || low >= from - 1)) share = 0;
    taps.low.push_back(std::clamp<int64_t>(low, 0, from - 1));
    taps.high.push_back(std::clamp<int64_t>(low + 1, 0, from - 1));
    taps.low_weight.push_back(static_cast<int32_t>(std::nearbyint((1 - share) * kOne)));
    taps.high_weight.push_back(static_cast<int32_t>(std::nearbyint(share * kOne)));
  }
  return taps;
}

void mix_row(const uint8_t* row, const Taps& columns, std::vector<int32_t>& sums) {
  for (size_t x = 0; x < sums.size(); ++x) {
    sums[x] =
        columns.low_weight[x] * row[columns.low[x]] + columns.high_weight[x] * row[columns.high[x]];
  }
}

void resize_plane(const uint8_t* source, int64_t width, const Taps& rows, const Taps& columns,
                  uint8_t* target) {
  // The sums of the two rows that are mixed now, and which rows they are.
  std::vector<int32_t> sums[2] = {std::vector<int32_t>(columns.low.size()),
                                  std::vector<int32_t>(columns.low.size())};
  int64_t held[2] = {-1, -1};
  auto take = [&](int slot, int64_t row) {
    if (held[slot] == row) return;
    held[slot] = row;
    mix_row(source + row * width, columns, sums[slot]);
  };
  for (size_t y = 0; y < rows.low.size(); ++y) {
    if (held[1] == rows.low[y]) {
      std::swap(sums[0], sums[1]);
      std::swap(held[0], held[1]);
    }
    take(0, rows.low[y]);
    take(1, rows.high[y]);
    const int32_t upper = rows.low_weight[y], lower = rows.high_weight[y];
    for (size_t x = 0; x < sums[0].size(); ++x) {
      int32_t value = ((upper * (sums[0][x] >> 4)) >> 16) + ((lower * (sums[1][x] >> 4)) >> 16);
      target[x] = static_cast<uint8_t>((value + 2) >> 2);
    }
    target += sums[0].size();
  }
}

void halve_plane(const uint8_t* source, Size target_size, uint8_t* target) {
  const int64_t width = 2 * target_size.width;
  for (int64_t y = 0; y < target_size.height; ++y) {
    const uint8_t *upper = source + 2 * y * width, *lower = upper + width;
    for (int64_t x = 0; x < target_size.width; ++x) {
      *target++ = static_cast<uint8_t>(
          (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1] + 2) >> 2);
    }
  }
}

}  // namespace

Tensor resize_cv(const Tensor& picture, Size size) {
  if (!picture.defined() || picture.dim() != 3 || picture.scalar_type() != at::kByte ||
      !picture.device().is_cpu() || picture.numel() == 0 || size.height < 1 || size.width < 1) {
    throw Error(cat("a picture (uint8 [3, height, width] on the CPU) cannot be resized to ",
                    width_by_height(size)));
  }
  Tensor source = picture.contiguous();
  const int64_t planes = source.size(0);
  const Size from{source.size(1), source.size(2)};
  if (from == size) return source;
  Tensor target = at::empty({planes, size.height, size.width}, source.options());
  const bool halves = from.height == 2 * size.height && from.width == 2 * size.width;
  const Taps rows = make_taps(from.height, size.height, false);
  const Taps columns = make_taps(from.width, size.width, true);
  for (int64_t c = 0; c < planes; ++c) {
    const uint8_t* in = source.const_data_ptr<uint8_t>() + c * from.height * from.width;
    uint8_t* out = target.mutable_data_ptr<uint8_t>() + c * size.height * size.width;
    if (halves) {
      halve_plane(in, size, out);
    } else {
      resize_plane(in, from.width, rows, columns, out);
    }
  }
  return target;
}

}  // namespace clipwork
