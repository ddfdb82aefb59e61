#pragma once
// Masks from their values to the places where their pictures change, with vectors of 4 or 8 lanes;
// see kernels_body.h.
//
// A pixel mixes values with weights that are not negative and add up to 1, so between values of
// one sign nothing has to be computed. Source columns are mixed into one column of the source's
// height per output column; only where that one changes sign, output rows are computed.

#include "kernels/kernels.h"
#include "kernels/vectors.h"

#if CLIPWORK_LANES == 8
#include <immintrin.h>
#endif

namespace clipwork {
namespace {

constexpr uint32_t kAllRows = (1U << kLanes) - 1;

#if CLIPWORK_LANES == 8
// A bit for each lane above the threshold.
inline uint32_t above(Vector values, float threshold) {
  return uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(values, _mm256_set1_ps(threshold), _CMP_GT_OQ)));
}
// The lanes of these numbers.
inline Vector pick(Vector values, Integers index) {
  return _mm256_permutevar8x32_ps(values, (__m256i)index);
}
#else
inline uint32_t above(Vector values, float threshold) {
  uint32_t bits = 0;
  for (int i = 0; i < kLanes; ++i) bits |= uint32_t(values[i] > threshold) << i;
  return bits;
}
inline Vector pick(Vector values, Integers index) {
  Vector picked;
  for (int i = 0; i < kLanes; ++i) picked[i] = values[index[i]];
  return picked;
}
#endif

enum : uint8_t { kSomeOn = 1, kSomeOff = 2 };

struct Renderer {
  const RenderPlan& plan;
  RenderResult& result;
  uint32_t* change;
  uint32_t current = 0;  // whether the pixel before is on
  Vector sums = {};

  bool any_on(const float* values) const {
    int64_t count = plan.height * plan.width, i = 0;
    uint32_t on = 0;
    for (; i + kLanes <= count; i += kLanes) on |= above(load(values + i), plan.threshold);
    for (; i < count; ++i) on |= values[i] > plan.threshold;
    return on != 0;
  }

  /// Rows to columns of `stride`, zeros behind the last row, and what each column holds.
  void transpose(const float* values, float* columns, int64_t stride, uint8_t* flags) const {
    for (int64_t c0 = 0; c0 < plan.width; c0 += kLanes) {
      int64_t c1 = c0 + kLanes < plan.width ? c0 + kLanes : plan.width;
      for (int64_t r = 0; r < plan.height; ++r) {
        const float* row = values + r * plan.width;
        for (int64_t c = c0; c < c1; ++c) columns[c * stride + r] = row[c];
      }
    }
    for (int64_t c = 0; c < plan.width; ++c) {
      float* column = columns + c * stride;
      for (int64_t r = plan.height; r < stride; ++r) column[r] = 0;
      bool on = false, off = false;
      int64_t r = 0;
      for (; r + kLanes <= plan.height; r += kLanes) {
        uint32_t bits = above(load(column + r), plan.threshold);
        on |= bits != 0;
        off |= bits != kAllRows;
      }
      for (; r < plan.height; ++r) (column[r] > plan.threshold ? on : off) = true;
      flags[c] = (on ? kSomeOn : 0) | (off ? kSomeOff : 0);
    }
  }

  /// One output column at the source's height, and a bit for each row that is on.
  void mix(const float* columns, int64_t stride, int64_t x, float* mixed, uint64_t* words) const {
    const int32_t* index = plan.x_index + x * kRenderTaps;
    const float* weight = plan.x_weight + x * kRenderTaps;
    uint64_t word = 0;
    for (int64_t r = 0; r < stride; r += kLanes) {
      Vector value = load(columns + index[0] * stride + r) * weight[0];
      for (int k = 1; k < plan.x_count[x]; ++k) {
        value += load(columns + index[k] * stride + r) * weight[k];
      }
      store(mixed + r, value);
      word |= static_cast<uint64_t>(above(value, plan.threshold)) << (r & 63);
      if (((r + kLanes) & 63) == 0) {
        words[r >> 6] = word;
        word = 0;
      }
    }
    words[stride >> 6] = word;
  }

  void sum(Vector value, uint32_t bits) {
    Integers on = value > plan.threshold;
    if (plan.sigmoid) {
      // exp(-value) by Cephes' polynomial; the large addend leaves the rounded exponent in the low
      // bits.
      Vector x = -value;
      x = x < -87.0F ? Vector{} - 87.0F : x;
      x = x > 87.0F ? Vector{} + 87.0F : x;
      Vector shifted = x * 1.44269504F + 12582912.0F;
      Vector n = shifted - 12582912.0F;
      Vector r = x - n * 0.693359375F;
      r = r + n * 2.12194440e-4F;
      Vector p = r * 1.9875691500e-4F + 1.3981999507e-3F;
      p = p * r + 8.3334519073e-3F;
      p = p * r + 4.1665795894e-2F;
      p = p * r + 1.6666665459e-1F;
      p = p * r + 5.0000001201e-1F;
      p = p * r * r + r + 1.0F;
      Integers power = ((Integers)shifted + (127 - 0x4B400000)) << 23;
      value = 1.0F / (1.0F + p * (Vector)power);
    }
    sums += (Vector)((Integers)value & on);
    result.on += __builtin_popcount(bits);
  }

  /// Computes the rows of a block. `start` is the number of the column's first pixel.
  void compute(const float* mixed, int64_t block, uint32_t start) {
    const float* source = mixed + plan.y_base[block];
    const int32_t* index = plan.y_index + block * plan.y_count * kLanes;
    const float* weight = plan.y_weight + block * plan.y_count * kLanes;
    Vector value = {};
    if (plan.wide) {
      for (int k = 0; k < plan.y_count; ++k) {
        Vector tap;
        for (int i = 0; i < kLanes; ++i) tap[i] = source[index[k * kLanes + i]];
        value += tap * load(weight + k * kLanes);
      }
    } else {
      Vector rows = load(source);
      for (int k = 0; k < plan.y_count; ++k) {
        value += pick(rows, load<Integers>(index + k * kLanes)) * load(weight + k * kLanes);
      }
    }
    uint32_t bits = above(value, plan.threshold);
    if (plan.sum) sum(value, bits);
    int64_t row = block * kLanes;
    int64_t rows = plan.out_height - row < kLanes ? plan.out_height - row : kLanes;
    uint32_t flips = (bits ^ (bits << 1 | current)) & (kAllRows >> (kLanes - rows));
    for (; flips != 0; flips &= flips - 1) {
      *change++ = start + static_cast<uint32_t>(row + __builtin_ctz(flips));
    }
    current = bits >> (rows - 1) & 1;
  }

  void turn(uint32_t value, uint32_t pixel) {
    if (value == current) return;
    *change++ = pixel;
    current = value;
  }

  /// Blocks whose rows are all on or all off.
  void fill(const float* mixed, int64_t block, int64_t end, uint32_t value, uint32_t start) {
    if (block >= end) return;
    if (value && plan.sum) {
      for (; block < end; ++block) compute(mixed, block, start);
    } else {
      turn(value, start + static_cast<uint32_t>(block * kLanes));
    }
  }

  void column(const float* mixed, const uint64_t* words, uint32_t start) {
    int64_t block = 0;
    uint32_t value = words[0] & 1;
    for (int64_t base = 0; base < plan.height - 1; base += 64) {
      uint64_t word = words[base >> 6];
      uint64_t flips = word ^ (word >> 1 | words[(base >> 6) + 1] << 63);
      // Row r's flip lies between it and the next row; the last row has none.
      if (int64_t left = plan.height - 1 - base; left < 64) flips &= (uint64_t{1} << left) - 1;
      for (; flips != 0; flips &= flips - 1) {
        int64_t row = base + __builtin_ctzll(flips);
        fill(mixed, block, plan.first_block[row], value, start);
        if (block < plan.first_block[row]) block = plan.first_block[row];
        for (; block <= plan.last_block[row]; ++block) compute(mixed, block, start);
        value ^= 1;
      }
    }
    fill(mixed, block, plan.blocks, value, start);
  }

  void run(const float* values, float* scratch, uint8_t* flags, uint64_t* words) {
    if (!any_on(values)) return;
    const int64_t stride = plan.stride(kLanes);
    float* mixed = scratch;
    float* columns = scratch + stride;
    transpose(values, columns, stride, flags);
    for (int64_t x = 0; x < plan.out_width; ++x) {
      auto start = static_cast<uint32_t>(x * plan.out_height);
      uint8_t holds = 0;
      for (int k = 0; k < plan.x_count[x]; ++k) holds |= flags[plan.x_index[x * kRenderTaps + k]];
      if (holds == kSomeOff || (holds == kSomeOn && !plan.sum)) {
        turn(holds == kSomeOn, start);
        continue;
      }
      mix(columns, stride, x, mixed, words);
      column(mixed, words, start);
      if (plan.sum) {
        for (int i = 0; i < kLanes; ++i) result.sum += sums[i];
        sums = Vector{};
      }
    }
  }
};

inline void render(const RenderPlan& plan, const float* values, float* scratch, uint8_t* flags,
                   uint64_t* words, RenderResult& result) {
  result.count = 0;
  result.sum = result.on = 0;
  Renderer renderer{plan, result, result.changes};
  renderer.run(values, scratch, flags, words);
  result.count = renderer.change - result.changes;
}

}  // namespace
}  // namespace clipwork
