#pragma once
// render_fast with chosen kernels, and what it shares with the readable form.

#include <clipwork/masks.h>

#include <array>
#include <span>
#include <vector>

#include "kernels/kernels.h"

namespace clipwork {

/// The factor from masks of this size to the padded size. Throws Error if it is not an integer that
/// is equal for both sides.
int64_t aligned_factor(Size size, Size padded);

/// An output position as a weighted sum of source positions.
struct Mix {
  int count = 0;
  std::array<int32_t, kRenderTaps> index{};
  std::array<double, kRenderTaps> weight{};

  void add(int32_t position, double share);
};

/// The sources of every output row and column.
struct Enlargement {
  std::vector<Mix> rows, columns;
};

/// The enlargement of masks of size `source` to `output`, both steps of `form` as one.
Enlargement enlargement(Size source, const Geometry& geometry, MaskForm form, Size output);

/// Throws Error if values are not float [M, h, w] with pixels, or cannot take these sizes.
void check_rendering(const Tensor& values, const Geometry& geometry);

/// One mask from the pixel numbers, down the columns, at which it changes.
MaskRle mask_of_changes(std::span<const uint32_t> changes, Size size);

Rendered render_with(const Kernels& variant, const Tensor& values, const Geometry& geometry,
                     MaskForm form, Quality quality);

}  // namespace clipwork
