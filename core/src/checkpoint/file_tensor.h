#pragma once

#include <clipwork/checkpoint.h>

#include <optional>

#include "checkpoint/mapped_file.h"

namespace clipwork {

/// The element types that checkpoints may have.
struct ElementType {
  const char* name;  ///< safetensors' name
  at::ScalarType type;
  int64_t size;  ///< bytes
};
const ElementType* element_type(std::string_view name);
const ElementType* element_type(at::ScalarType type);

/// Dimensions that more than this are not a tensor of any model.
inline constexpr size_t kMaxDimensions = 64;

/// The product of the sizes (with 1 for a size of 0) times `element_size`, or nothing where a size
/// is negative, there are too many, or the product is not an int64.
std::optional<int64_t> checked_bytes(at::IntArrayRef shape, int64_t element_size);

/// A run of elements inside a file.
struct Storage {
  std::shared_ptr<const MappedFile> file;
  std::string_view bytes;  ///< of `file`
  const ElementType* type = nullptr;
  bool swapped = false;  ///< most significant byte first
};

/// The tensor of this shape, strides and offset (elements) in a storage; it shares the file's
/// memory where the alignment allows. The caller has checked that shape, strides and offset stay
/// inside. Throws InputError for truth values that are neither 0 nor 1.
Tensor tensor_in(const Storage& storage, at::IntArrayRef shape, at::IntArrayRef strides,
                 int64_t offset);

}  // namespace clipwork
