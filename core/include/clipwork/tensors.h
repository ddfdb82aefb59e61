#pragma once
// A short list of named tensors: what is special to a method travels in one, under names that
// contracts declare.

#include <ATen/core/Tensor.h>
#include <clipwork/api.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

using at::Tensor;

/// The precision that a tensor must be kept in: bulk entries may be halved, spooled to a file or
/// recomputed.
enum class Keep { exact, bulk };

/// A tensor that lies elsewhere: in half precision, in a file, or nowhere until it is computed
/// again.
class CLIPWORK_API StoredTensor {
 public:
  virtual ~StoredTensor();
  /// The tensor with its own type and strides, on its own device.
  virtual Tensor load() const = 0;
  virtual at::IntArrayRef sizes() const = 0;
};

/// A tensor that is here, or one that lies elsewhere until it is asked for. Cheap to copy; while a
/// handle lives, its tensor can be had.
class TensorHandle {
 public:
  TensorHandle() = default;
  TensorHandle(Tensor value) : value_(std::move(value)) {}
  explicit TensorHandle(std::shared_ptr<const StoredTensor> stored) : stored_(std::move(stored)) {}
  /// The tensor; where it lies elsewhere it is brought here, for as long as the caller holds it.
  Tensor get() const { return stored_ ? stored_->load() : value_; }
  at::IntArrayRef sizes() const { return stored_ ? stored_->sizes() : value_.sizes(); }

 private:
  Tensor value_;
  std::shared_ptr<const StoredTensor> stored_;
};

struct Tensors {
  struct Entry {
    std::string name;
    Tensor value;  ///< undefined where it lies elsewhere
    Keep keep = Keep::exact;
    std::shared_ptr<const StoredTensor> stored;  ///< only of memos, where core moved a bulk entry
  };

  /// The tensor of this name, or null. Not for entries that may lie elsewhere: they have `at`.
  const Tensor* find(std::string_view name) const;
  /// The tensor of this name, brought here where it lies elsewhere. Throws Error naming it and the
  /// ones that are there.
  Tensor at(std::string_view name) const { return handle(name).get(); }
  /// The same without bringing it here: for who holds it long and needs it late.
  TensorHandle handle(std::string_view name) const;
  /// Adds the tensor, or replaces the one of its name.
  void set(std::string name, Tensor value, Keep keep = Keep::exact);

  std::vector<Entry> entries;
};

}  // namespace clipwork
