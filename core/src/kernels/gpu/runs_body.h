#pragma once
// The arithmetic from mask values to the places at which the enlarged mask changes, for one pixel
// or 32 rows of a column. Rows of a column are bits, 32 per word.

#include <cmath>

#include "kernels/gpu/gpu_kernels.h"
#include "kernels/gpu/portable.h"

namespace clipwork::gpu {

/// Source row `row` of output column x.
CLIPWORK_HOST_DEVICE float mix_columns(const float* values, const Enlargement& e, int32_t x,
                                       int32_t row) {
  float sum = 0;
  for (int k = 0; k < kTaps; ++k) {
    sum = fmaf(e.x_weight[kTaps * x + k], values[row * e.width + e.x_index[kTaps * x + k]], sum);
  }
  return sum;
}

/// Output row y of a column that is mixed already, [height].
CLIPWORK_HOST_DEVICE float mix_rows(const float* column, const Enlargement& e, int32_t y) {
  float sum = 0;
  for (int k = 0; k < kTaps; ++k) {
    sum = fmaf(e.y_weight[kTaps * y + k], column[e.y_index[kTaps * y + k]], sum);
  }
  return sum;
}

/// The addend of a pixel that is on.
CLIPWORK_HOST_DEVICE float addend_of(const Enlargement& e, float value) {
  return e.sum == Enlargement::Sum::sigmoids ? 1.0F / (1.0F + expf(-value)) : value;
}

CLIPWORK_HOST_DEVICE int32_t words_per_column(const Enlargement& e) {
  return (e.out_height + 31) / 32;
}

/// The bits of word `w` that are rows.
CLIPWORK_HOST_DEVICE uint32_t rows_in_word(const Enlargement& e, int32_t w) {
  const int32_t rows = e.out_height - 32 * w;
  return rows >= 32 ? 0xFFFFFFFFU : (1U << rows) - 1;
}

/// The rows of word `w` of a column that differ from the row before, which for row 0 is the last
/// row of `column_before`.
CLIPWORK_HOST_DEVICE uint32_t changes_in_word(const Enlargement& e, const uint32_t* column,
                                              const uint32_t* column_before, int32_t w) {
  const int32_t last = e.out_height - 1;
  const uint32_t before = w > 0 ? column[w - 1] >> 31 : column_before[last / 32] >> (last % 32) & 1;
  return (column[w] ^ (column[w] << 1 | before)) & rows_in_word(e, w);
}

/// Writes the pixel numbers in the strip of the bits that are set; `pixel` is that of bit 0.
CLIPWORK_HOST_DEVICE void write_changes(uint32_t bits, uint32_t pixel, uint16_t* to) {
  for (; bits != 0; bits &= bits - 1) *to++ = static_cast<uint16_t>(pixel + lowest_bit(bits));
}

}  // namespace clipwork::gpu
