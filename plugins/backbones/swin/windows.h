#pragma once
// Cuts a map into windows that attend within themselves, perhaps shifted.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace clipwork::swin {

/// A map of height x width tokens, padded on the right and at the bottom to multiples of the
/// window, rolled by -shift both ways and cut. N = window^2.
struct Windows {
  int64_t height = 0, width = 0, window = 1, shift = 0;
  int64_t padded_height = 0, padded_width = 0;
  at::Tensor order;  ///< int64 [windows N]: which token of the padded map, raster order, comes next
  at::Tensor back;   ///< int64 [height width]: where each token of the map went
  /// [windows, N, N]: -100 between tokens that only rolling made neighbours, else 0; undefined
  /// without a shift.
  at::Tensor mask;
  std::vector<bool> masked;  ///< a window: whether its mask is not all zero

  int64_t count() const { return padded_height / window * (padded_width / window); }
};

Windows cut(int64_t height, int64_t width, int64_t window, int64_t shift);

/// The cuts of the last few sizes, made once each.
class WindowCache {
 public:
  /// On the device of `like`.
  Windows get(int64_t height, int64_t width, int64_t window, int64_t shift, const at::Tensor& like);

 private:
  static constexpr size_t kSizes = 32;
  std::mutex mutex_;
  std::deque<Windows> cuts_;
};

}  // namespace clipwork::swin
