#pragma once
// A short list of named tensors: what is special to a method travels in one, under names that
// contracts declare.

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

using at::Tensor;

/// How precisely a tensor must be kept: bulk entries may be halved, spooled to a file or
/// recomputed.
enum class Keep { exact, bulk };

struct Tensors {
  struct Entry {
    std::string name;
    Tensor value;
    Keep keep = Keep::exact;
  };

  /// The tensor of this name, or null.
  const Tensor* find(std::string_view name) const;
  /// The tensor of this name. Throws Error naming it and the ones that are there.
  const Tensor& at(std::string_view name) const;
  /// Adds the tensor, or replaces the one of its name.
  void set(std::string name, Tensor value, Keep keep = Keep::exact);

  std::vector<Entry> entries;
};

}  // namespace clipwork
