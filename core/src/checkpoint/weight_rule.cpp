#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/checkpoint.h>

#include <cmath>

#include "base/patterns.h"
#include "base/random_bits.h"
#include "checkpoint/weight_role.h"

namespace clipwork {
namespace {

/// A stream of 64-bit numbers: SplitMix64, started from a name (FNV-1a) and a seed.
class NumberStream {
 public:
  NumberStream(std::string_view name, uint64_t seed) : start_(fnv1a(name) ^ (seed * kGolden)) {}
  uint64_t bits(uint64_t i) const { return split_mix(start_ + (i + 1) * kGolden); }
  /// In [-1, 1), exact in float32.
  double number(uint64_t i) const { return (static_cast<double>(bits(i) >> 40) - 0x1p23) / 0x1p23; }

 private:
  uint64_t start_;
};

constexpr const char* kGains = "gains of the weight rule";

struct Spread {
  double centre, scale;
};

Spread spread_of(const std::string& name, at::IntArrayRef shape, Factors& gains) {
  if (name.ends_with("running_var")) return {1, 0.25};
  if (name.ends_with("running_mean")) return {0, 0.1};
  const double gain = gains.of(name);
  if (shape.size() >= 2) {
    double fan = static_cast<double>(c10::multiply_integers(shape.slice(1)));
    return {0, gain * std::sqrt(3 / fan)};
  }
  if (shape.size() == 1 && name.ends_with("weight")) return {1, 0.1 * gain};
  return {0, 0.05 * gain};
}

Tensor numbers(const NumberStream& stream, at::IntArrayRef shape, double scale, double offset) {
  Tensor tensor = at::empty(shape, at::kFloat);
  float* value = tensor.mutable_data_ptr<float>();
  for (int64_t i = 0, n = tensor.numel(); i < n; ++i) {
    value[i] = static_cast<float>(offset + scale * stream.number(i));
  }
  return tensor;
}

Tensor weight(const std::string& name, at::IntArrayRef shape, uint64_t seed, Factors& gains) {
  Spread spread = spread_of(name, shape, gains);
  // A scale of float32 makes product and sum exact in double, so that only the last step rounds.
  return numbers(NumberStream(name, seed), shape, static_cast<float>(spread.scale), spread.centre);
}

}  // namespace

Tensor tensor_by_rule(const std::string& name, at::IntArrayRef shape, const WeightRule& rule) {
  Factors gains(rule.gains, kGains);
  return weight(name, shape, rule.seed, gains);
}

void fill_by_rule(const std::vector<Component*>& components, const WeightRule& rule) {
  c10::NoGradGuard no_grad;
  Factors gains(rule.gains, kGains);
  for (Component* component : components) {
    for (NamedParameter& parameter : named_parameters(*component)) {
      if (!is_weight(parameter)) continue;
      parameter.value.copy_(weight(parameter.name, parameter.value.sizes(), rule.seed, gains));
    }
  }
}

Tensor stream_by_rule(const std::string& stream, uint64_t seed, at::IntArrayRef shape, double scale,
                      double offset) {
  return numbers(NumberStream(stream, seed), shape, scale, offset);
}

Tensor picture_by_rule(uint64_t seed, int64_t first, int64_t frames, int64_t height,
                       int64_t width) {
  NumberStream stream("picture", seed);
  auto grid = [&](int64_t channel, int64_t j, int64_t i) {
    return static_cast<int64_t>(stream.bits(channel * 4096 + j % 64 * 64 + i % 64) >> 56);
  };
  Tensor picture = at::empty({frames, 3, height, width}, at::kByte);
  uint8_t* pixel = picture.mutable_data_ptr<uint8_t>();
  for (int64_t t = first; t < first + frames; ++t) {
    for (int64_t channel = 0; channel < 3; ++channel) {
      for (int64_t y = t; y < height + t; ++y) {
        int64_t j = y / 32, fy = y % 32, cell = -1, left = 0, right = 0;
        for (int64_t x = 2 * t; x < width + 2 * t; ++x) {
          if (int64_t i = x / 32; i != cell) {
            cell = i;
            left = (32 - fy) * grid(channel, j, i) + fy * grid(channel, j + 1, i);
            right = (32 - fy) * grid(channel, j, i + 1) + fy * grid(channel, j + 1, i + 1);
          }
          *pixel++ = static_cast<uint8_t>(((32 - x % 32) * left + x % 32 * right) >> 10);
        }
      }
    }
  }
  return picture;
}

}  // namespace clipwork
