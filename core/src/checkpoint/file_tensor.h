#pragma once

#include <clipwork/host/checkpoint.h>

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

/// Larger numbers than these are not of the weights of any model: dimensions of a tensor, bytes of
/// its name, and tensors in a file.
inline constexpr size_t kMaxDimensions = 64, kMaxTensorName = 1024, kMaxTensors = 50'000;

/// The product of the sizes (with 1 for a size of 0) times `element_size`, or nothing where a size
/// is negative, there are too many, or the product is not an int64.
std::optional<int64_t> checked_bytes(at::IntArrayRef shape, int64_t element_size);

/// A run of elements that came from a file.
struct StoredElements {
  std::shared_ptr<const MappedFile> file;
  std::string_view bytes;  ///< a part of `file`, or made from it
  const ElementType* type = nullptr;
  bool swapped = false;  ///< most significant byte first
};

/// All elements of a storage as one tensor [elements], which shares the file's memory where place,
/// alignment and byte order allow. Throws InputError for truth values that are neither 0 nor 1.
Tensor elements_of(const StoredElements& storage);

/// True if a text can be the name of a tensor: valid UTF-8, not empty, without control characters.
bool is_printable(std::string_view text);

/// A text of a file for a message: its first 100 bytes if it is longer, and what it is if it cannot
/// be printed.
std::string printable_part(std::string_view text);

}  // namespace clipwork
