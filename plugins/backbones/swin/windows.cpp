#include "windows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <array>

namespace clipwork::swin {

namespace {

/// [H, W] to [windows, N].
at::Tensor by_window(const at::Tensor& map, int64_t window) {
  return map.view({map.size(0) / window, window, map.size(1) / window, window})
      .permute({0, 2, 1, 3})
      .reshape({-1, window * window});
}

/// Which of three stretches each place of a rolled side lies in: the last window's places are next
/// to places that came round from the other end.
at::Tensor stretches(int64_t length, int64_t window, int64_t shift) {
  at::Tensor stretch = at::zeros({length}, at::kLong);
  stretch.narrow(0, length - window, window).fill_(1);
  stretch.narrow(0, length - shift, shift).fill_(2);
  return stretch;
}

int64_t rounded_up(int64_t length, int64_t window) {
  return (length + window - 1) / window * window;
}

}  // namespace

Windows cut(int64_t height, int64_t width, int64_t window, int64_t shift) {
  Windows cut{height, width, window, shift, rounded_up(height, window), rounded_up(width, window),
              {},     {},    {},     {}};
  int64_t places = cut.padded_height * cut.padded_width;
  at::Tensor raster = at::arange(places, at::kLong).view({cut.padded_height, cut.padded_width});
  std::array<int64_t, 2> roll = {-shift, -shift}, sides = {0, 1};
  cut.order = by_window(raster.roll(roll, sides), window).flatten();
  at::Tensor place = at::empty_like(cut.order);
  place.index_put_({cut.order}, at::arange(places, at::kLong));
  cut.back = place.view({cut.padded_height, cut.padded_width})
                 .narrow(0, 0, height)
                 .narrow(1, 0, width)
                 .flatten();
  if (shift == 0) return cut;
  at::Tensor region = by_window(stretches(cut.padded_height, window, shift).unsqueeze(1) * 3 +
                                    stretches(cut.padded_width, window, shift),
                                window);
  cut.mask = region.unsqueeze(1).ne(region.unsqueeze(2)).to(at::kFloat) * -100;
  for (int64_t i = 0; i < cut.mask.size(0); ++i) {
    cut.masked.push_back(cut.mask[i].count_nonzero().item<int64_t>() > 0);
  }
  return cut;
}

Windows WindowCache::get(int64_t height, int64_t width, int64_t window, int64_t shift,
                         const at::Tensor& like) {
  std::lock_guard lock(mutex_);
  for (const Windows& known : cuts_) {
    if (known.height == height && known.width == width && known.window == window &&
        known.shift == shift && known.order.device() == like.device()) {
      return known;
    }
  }
  Windows made = cut(height, width, window, shift);
  made.order = made.order.to(like.device());
  made.back = made.back.to(like.device());
  if (made.mask.defined()) made.mask = made.mask.to(like.device());
  cuts_.push_back(made);
  if (cuts_.size() > kSizes) cuts_.pop_front();
  return made;
}

}  // namespace clipwork::swin
