#pragma once
// Sine position codes, for models.

#include <ATen/core/Tensor.h>
#include <clipwork/api.h>

#include <deque>
#include <mutex>

namespace clipwork {

/// DETR's sine code of a map: [channels, h, w], the first half of the channels from rows, the
/// second from columns. Running counts, from `first` on, are divided by (last + 1e-6) and scaled to
/// 2 pi; temperature 10000.
at::Tensor sine_position(int64_t channels, int64_t height, int64_t width, int64_t first = 1);

/// The same for one axis of `length` places: [length, channels]. Over frames it is the third part
/// of Mask2Former-VIS' code.
at::Tensor sine_code(int64_t channels, int64_t length, int64_t first = 1);

/// Sine codes of the last few map sizes, made once each; for a model that meets the same sizes in
/// every frame.
class CLIPWORK_API PositionCache {
 public:
  explicit PositionCache(int64_t first = 1) : first_(first) {}
  /// sine_position(channels, height, width, first) on the device and with the type of `like`.
  at::Tensor get(int64_t channels, int64_t height, int64_t width, const at::Tensor& like);

 private:
  static constexpr size_t kSizes = 16;
  int64_t first_;
  std::mutex mutex_;
  std::deque<at::Tensor> codes_;
};

}  // namespace clipwork
