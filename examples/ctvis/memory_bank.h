#pragma once
// The memory of an object that CTVIS compares new embeddings with, in training and in inference.

#include <clipwork/tensors.h>

#include <cstdint>
#include <deque>

namespace ctvis {

using clipwork::Tensor;

/// `x` at length 1 along the last dimension; zeros stay zeros (`torch.nn.functional.normalize`).
Tensor unit(const Tensor& x);

/// The embeddings of one object, and their similarity-guided mean: a new embedding counts as much
/// as it resembles those before it (CTVIS, section 3.3; public code: `Tracklet`, `TrainTracklet`).
class Memory {
 public:
  /// Compares with the last `limit` embeddings; 0: all.
  explicit Memory(int64_t limit = 0) : limit_(limit) {}
  /// Adds an embedding [C]. Gradients flow through what is recorded.
  void add(const Tensor& embedding);
  bool empty() const { return frames_ == 0; }
  /// How many were added.
  int64_t frames() const { return frames_; }
  const Tensor& latest() const { return recent_.back(); }
  /// [C]
  const Tensor& mean() const { return mean_; }

 private:
  int64_t limit_, frames_ = 0;
  std::deque<Tensor> recent_;
  Tensor mean_;
};

}  // namespace ctvis
