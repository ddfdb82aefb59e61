#pragma once
// The plan by which the rendering kernels enlarge mask values to a picture. Plain data only,
// because each variant is compiled for an instruction set of its own.

#include <cstdint>

namespace clipwork {

/// Most source values that one output position of two linear steps can mix.
inline constexpr int kRenderTaps = 4;

/// A separable enlargement of [height, width] values, made for a kernel of `lanes` lanes.
struct RenderPlan {
  int64_t height = 0, width = 0;  ///< of the values
  int64_t out_height = 0, out_width = 0;
  float threshold = 0;   ///< a pixel is on above it; not negative
  bool sum = false;      ///< whether quality is summed
  bool sigmoid = false;  ///< whether it sums the sigmoid of values, or the values

  /// Output column x is the sum over k < x_count[x] of x_weight[x * kRenderTaps + k] times source
  /// column x_index[x * kRenderTaps + k].
  const int32_t* x_count = nullptr;
  const int32_t* x_index = nullptr;
  const float* x_weight = nullptr;

  /// Output rows in blocks of `lanes`. Row y of block b is the sum over k < y_count of
  /// y_weight[(b * y_count + k) * lanes + lane] times row y_base[b] + y_index[same place]. Weights
  /// of lanes behind the last row are 0.
  int64_t blocks = 0;
  int32_t y_count = 0;
  const int32_t* y_base = nullptr;
  const int32_t* y_index = nullptr;
  const float* y_weight = nullptr;
  bool wide = false;  ///< whether some y_index is beyond the lanes
  /// first_block[r] is the first block with a row from behind source row r, last_block[r] the last
  /// with one from r or before; so the blocks from first to last mix both sides, if there are any.
  const int32_t* first_block = nullptr;
  const int32_t* last_block = nullptr;

  /// Rows of the transposed values: height and enough behind it to load `lanes` from every row.
  int64_t stride(int lanes) const { return (height + 2 * lanes - 1) / lanes * lanes; }
  /// Floats of scratch memory that a kernel of `lanes` lanes needs.
  int64_t scratch(int lanes) const { return (width + 1) * stride(lanes); }
};

struct RenderResult {
  /// Pixel numbers, down the columns, at which the picture changes between off and on (before pixel
  /// 0 it is off); room for out_height * out_width of them.
  uint32_t* changes = nullptr;
  int64_t count = 0;
  double sum = 0, on = 0;  ///< quality: sum over pixels that are on, and their number
};

}  // namespace clipwork
