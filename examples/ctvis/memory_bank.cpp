#include "memory_bank.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/stack.h>

#include <vector>

namespace ctvis {

Tensor unit(const Tensor& x) {
  constexpr double kLeast = 1e-12;
  return x / at::linalg_vector_norm(x, 2, -1, true).clamp_min(kLeast);
}

void Memory::add(const Tensor& embedding) {
  if (empty()) {
    mean_ = embedding;
  } else {
    const Tensor before = at::stack(std::vector<Tensor>(recent_.begin(), recent_.end()));
    const Tensor likeness = at::mv(unit(before), unit(embedding)).mean().clamp_min(0);
    mean_ = (1 - likeness) * mean_ + likeness * embedding;
  }
  recent_.push_back(embedding);
  if (limit_ > 0 && static_cast<int64_t>(recent_.size()) > limit_) recent_.pop_front();
  ++frames_;
}

}  // namespace ctvis
