#pragma once
// LibTorch's fused operators for the CPU (oneDNN inside), which have no public C++ interface. All
// that is bound to LibTorch's version is in this file's source: the schemas are checked once, and
// where they are not the known ones the public operators run instead.

#include <ATen/core/Tensor.h>

#include <array>
#include <functional>
#include <mutex>
#include <vector>

namespace clipwork::onednn {

/// True if this LibTorch has the fused operators with the expected signatures.
bool available();

/// A weight in the memory order that oneDNN likes best for each of a few input sizes. Safe to use
/// from several threads.
class PackedWeight {
 public:
  using InputSize = std::array<int64_t, 3>;
  using Pack = std::function<at::Tensor(const InputSize&)>;
  explicit PackedWeight(Pack pack) : pack_(std::move(pack)) {}
  /// The weight packed for this size, from the few latest ones or made now.
  at::Tensor at(const InputSize& size);

 private:
  struct Entry {
    InputSize size;
    at::Tensor weight;
  };
  Pack pack_;
  std::mutex mutex_;
  std::vector<Entry> entries_;  // the latest use last
};

/// A convolution with bias, fused with what follows it. Float32 tensors on the CPU, no gradient.
class Convolution {
 public:
  /// weight [out, in / groups, k, k], bias [out] or undefined. `fused` false: the public operators.
  Convolution(at::Tensor weight, at::Tensor bias, int64_t stride, int64_t padding, int64_t groups,
              bool fused = available());
  /// relu(conv(input)), or without the relu; channels_last.
  at::Tensor run(const at::Tensor& input, bool relu);
  /// relu(conv(input) + residual), or without the relu; the result may be `residual`'s memory when
  /// `consume` is set.
  at::Tensor run(const at::Tensor& input, const at::Tensor& residual, bool relu, bool consume);

 private:
  at::Tensor packed_for(const at::Tensor& input);

  at::Tensor weight_, bias_;
  int64_t stride_, padding_, groups_;
  bool fused_;
  PackedWeight packed_;
};

/// x W^T + b over the last dimension, fused with a relu. Float32 tensors on the CPU, no gradient.
class Product {
 public:
  /// weight [out, in], bias [out] or undefined. `fused` false: the public operators.
  Product(at::Tensor weight, at::Tensor bias, bool fused = available());
  at::Tensor run(const at::Tensor& input, bool relu = false);

 private:
  at::Tensor weight_, bias_;
  bool fused_;
  PackedWeight packed_;
};

}  // namespace clipwork::onednn
