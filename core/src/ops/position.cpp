#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/floor.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/stack.h>
#include <clipwork/error.h>
#include <clipwork/ops/position.h>
#include <clipwork/to_device.h>

namespace clipwork {

at::Tensor sine_code(int64_t channels, int64_t length, int64_t first) {
  if (channels <= 0 || channels % 2 != 0 || length <= 0) {
    throw Error(cat("invalid sine encoding: ", channels, " channels for ", length, " positions"),
                "sine_code", "channels must be even, lengths positive");
  }
  constexpr double kTwoPi = 6.283185307179586;
  int64_t last = first + length - 1;
  at::Tensor place = at::arange(first, last + 1, at::kFloat) / (double(last) + 1e-6) * kTwoPi;
  at::Tensor pair = at::arange(channels / 2, at::kFloat);
  at::Tensor angle = place.unsqueeze(1) / at::pow(10000.0, pair * (2.0 / double(channels)));
  // Sines at even and cosines at odd channels.
  return at::stack({at::sin(angle), at::cos(angle)}, 2).flatten(1);
}

at::Tensor sine_position(int64_t channels, int64_t height, int64_t width, int64_t first) {
  if (channels <= 0 || channels % 4 != 0 || height <= 0 || width <= 0) {
    throw Error(
        cat("invalid sine encoding: ", channels, " channels for a ", height, "x", width, " map"),
        "sine_position", "channels must be a multiple of 4, sizes positive");
  }
  int64_t half = channels / 2;
  at::Tensor rows = sine_code(half, height, first).unsqueeze(1).expand({height, width, half});
  at::Tensor columns = sine_code(half, width, first).unsqueeze(0).expand({height, width, half});
  // Channels innermost in memory: as tokens the code is a view.
  return at::cat({rows, columns}, 2).permute({2, 0, 1});
}

at::Tensor PositionCache::get(int64_t channels, int64_t height, int64_t width,
                              const at::Tensor& like) {
  std::lock_guard lock(mutex_);
  for (const at::Tensor& code : codes_) {
    if (code.sizes() == at::IntArrayRef({channels, height, width}) &&
        code.options().type_equal(like.options())) {
      return code;
    }
  }
  const at::Tensor code = sine_position(channels, height, width, first_).to(like.scalar_type());
  codes_.push_back(to_device(code, like.device()));
  if (codes_.size() > kSizes) codes_.pop_front();
  return codes_.back();
}

}  // namespace clipwork
