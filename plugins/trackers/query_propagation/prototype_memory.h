#pragma once
#include <clipwork/tensors.h>

#include <cstdint>

namespace clipwork::propagation {

/// Keys and values of past clips' prototypes, one entry a clip (GenVIS 3.3).
class PrototypeMemory {
 public:
  /// Holds the latest `limit` clips; 0: all.
  explicit PrototypeMemory(int64_t limit) : limit_(limit) {}
  /// Adds a clip's keys and values, [B, Q, C] each.
  void write(const Tensor& keys, const Tensor& values);
  /// Reads the memory, which must not be empty, with queries [B, Q, C]: softmax(scale q . k) v, [B,
  /// Q, C]. `global`: over the entries of all queries, else each query over its own.
  Tensor read(const Tensor& queries, double scale, bool global) const;
  /// Clips that are held.
  int64_t size() const { return size_; }

 private:
  void put(Tensor& held, const Tensor& entry) const;
  int64_t limit_, size_ = 0, written_ = 0;
  Tensor keys_, values_;  // [B, Q, room for clips, C]
};

}  // namespace clipwork::propagation
