#pragma once
#include <clipwork/tensors.h>

#include <cstdint>

namespace clipwork::query_propagation {

/// Keys and values of past clips' prototypes, one entry a clip (GenVIS 3.3).
class PrototypeMemory {
 public:
  /// The entries that a query reads: its own, or those of all queries.
  enum class Read { own, all };
  /// Holds the latest `limit` clips; 0: all.
  explicit PrototypeMemory(int64_t limit) : limit_(limit) {}
  /// Adds a clip's keys and values, [B, Q, C] each.
  void write(const Tensor& keys, const Tensor& values);
  /// The values that queries [B, Q, C] read: softmax(scale q . k) v, [B, Q, C], of a memory that
  /// holds something.
  Tensor read(const Tensor& queries, double scale, Read what) const;
  /// Clips that are held.
  int64_t size() const { return size_; }

 private:
  void put(Tensor& held, const Tensor& entry) const;
  int64_t limit_, size_ = 0, written_ = 0;
  Tensor keys_, values_;  // [B, Q, room for clips, C]
};

}  // namespace clipwork::query_propagation
