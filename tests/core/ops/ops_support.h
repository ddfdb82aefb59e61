#pragma once
// What the tests of operators share: numbers that are the same in every run, and comparison.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/module.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clipwork::test {

/// Normal random numbers, a function of shape and seed alone.
inline Tensor normal(at::IntArrayRef shape, uint64_t seed) {
  return at::randn(shape, at::detail::createCPUGenerator(seed), at::kFloat);
}

/// True with this probability.
inline Tensor chance(at::IntArrayRef shape, double probability, uint64_t seed) {
  return at::rand(shape, at::detail::createCPUGenerator(seed), at::kFloat) < probability;
}

/// A map in channels_last memory.
inline Tensor map(int64_t batch, int64_t channels, int64_t height, int64_t width, uint64_t seed) {
  return normal({batch, channels, height, width}, seed).contiguous(at::MemoryFormat::ChannelsLast);
}

/// Gives every parameter and buffer of the module numbers of a trained network's kind.
inline void fill(torch::nn::Module& module, uint64_t seed) {
  c10::NoGradGuard no_gradient;
  for (auto& item : module.named_parameters()) {
    bool matrix = item.value().dim() > 1;
    Tensor values = normal(item.value().sizes(), ++seed);
    double fan = matrix ? double(item.value().numel() / item.value().size(0)) : 25.0;
    item.value().copy_(values / std::sqrt(fan));
  }
  for (auto& item : module.named_buffers()) {
    Tensor values = normal(item.value().sizes(), ++seed);
    bool variance = item.key().ends_with("running_var");
    item.value().copy_(variance ? values.square() + 0.5 : values * 0.5 + 0.5);
  }
}

/// The names of all parameters and buffers, in the module's order.
inline std::vector<std::string> names(const torch::nn::Module& module) {
  std::vector<std::string> all;
  for (const auto& item : module.named_parameters()) all.push_back(item.key());
  for (const auto& item : module.named_buffers()) all.push_back(item.key());
  return all;
}

/// The largest difference, in units of the largest expected value; 1e30 where shapes differ or a
/// value is not a number.
inline double difference(const Tensor& actual, const Tensor& expected) {
  if (actual.sizes() != expected.sizes()) return 1e30;
  if (expected.numel() == 0) return 0;
  double largest = expected.abs().max().item<double>();
  double error = (actual - expected).abs().max().item<double>() / std::max(largest, 1e-30);
  return error == error ? error : 1e30;
}

/// Equal but for the rounding of single precision.
inline void expect_close(const Tensor& actual, const Tensor& expected, double tolerance = 3e-6) {
  EXPECT_LT(difference(actual, expected), tolerance);
}

}  // namespace clipwork::test
