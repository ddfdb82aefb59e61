#include "prototype_memory.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <algorithm>

namespace clipwork::query_propagation {

void PrototypeMemory::write(const Tensor& keys, const Tensor& values) {
  put(keys_, keys);
  put(values_, values);
  ++written_;
  size_ = limit_ > 0 ? std::min(written_, limit_) : written_;
}

void PrototypeMemory::put(Tensor& held, const Tensor& entry) const {
  Tensor one = entry.unsqueeze(2);
  if (c10::GradMode::is_enabled()) {
    // Entries that were read before must not change, because their gradient needs them.
    Tensor before = held;
    if (before.defined() && limit_ > 0 && size_ == limit_) before = before.narrow(2, 1, size_ - 1);
    held = before.defined() ? at::cat({before, one}, 2) : one;
    return;
  }
  // The order of entries does not matter to a softmax, so the oldest gives its place to the newest.
  int64_t place = limit_ > 0 ? written_ % limit_ : written_;
  int64_t room = held.defined() ? held.size(2) : 0;
  if (place >= room) {
    int64_t more = std::max<int64_t>(1, limit_ > 0 ? std::min(room, limit_ - room) : room);
    Tensor fresh = at::zeros_like(one).expand({-1, -1, more, -1});
    held = held.defined() ? at::cat({held, fresh}, 2) : fresh.contiguous();
  }
  held.select(2, place).copy_(entry);
}

Tensor PrototypeMemory::read(const Tensor& queries, double scale, Read what) const {
  Tensor q = scale == 1 ? queries : queries * scale;
  Tensor keys = keys_.narrow(2, 0, size_), values = values_.narrow(2, 0, size_);
  if (what == Read::all) {
    keys = keys.flatten(1, 2);
    values = values.flatten(1, 2);
    return at::matmul(at::softmax(at::matmul(q, keys.transpose(1, 2)), -1), values);
  }
  Tensor scores = at::matmul(keys, q.unsqueeze(3)).squeeze(3);
  return at::matmul(at::softmax(scores, -1).unsqueeze(2), values).squeeze(2);
}

}  // namespace clipwork::query_propagation
