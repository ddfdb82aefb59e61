#include "checkpoint/file_tensor.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <rapidjson/encodings.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <cstring>

namespace clipwork {
namespace {

constexpr ElementType kTypes[] = {
    {"F64", at::kDouble, 8},    {"F32", at::kFloat, 4}, {"F16", at::kHalf, 2},
    {"BF16", at::kBFloat16, 2}, {"I64", at::kLong, 8},  {"I32", at::kInt, 4},
    {"I16", at::kShort, 2},     {"I8", at::kChar, 1},   {"U8", at::kByte, 1},
    {"BOOL", at::kBool, 1},
};

}  // namespace

const ElementType* element_type(std::string_view name) {
  for (const ElementType& type : kTypes) {
    if (name == type.name) return &type;
  }
  return nullptr;
}

const ElementType* element_type(at::ScalarType wanted) {
  for (const ElementType& type : kTypes) {
    if (wanted == type.type) return &type;
  }
  return nullptr;
}

std::optional<int64_t> checked_bytes(at::IntArrayRef shape, int64_t element_size) {
  if (shape.size() > kMaxDimensions) return {};
  int64_t bytes = element_size;
  for (int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(bytes, std::max<int64_t>(size, 1), &bytes)) return {};
  }
  return bytes;
}

Tensor elements_of(const StoredElements& storage) {
  const ElementType& type = *storage.type;
  const int64_t count = static_cast<int64_t>(storage.bytes.size()) / type.size;
  if (count == 0) return at::empty({0}, type.type);
  if (type.type == at::kBool &&
      std::any_of(storage.bytes.begin(), storage.bytes.end(), [](char c) { return c & ~1; })) {
    throw InputError("contains Boolean values other than 0 and 1", storage.file->path().string());
  }
  auto* data = const_cast<char*>(storage.bytes.data());
  std::string_view whole = storage.file->bytes();
  bool inside = data >= whole.data() && data < whole.data() + whole.size();
  bool aligned = reinterpret_cast<uintptr_t>(data) % type.size == 0;
  if (inside && aligned && !storage.swapped) {
    auto keep = [file = storage.file](void*) {};
    return at::from_blob(data, {count}, keep, type.type);
  }
  Tensor copy = at::empty({count}, type.type);
  auto* to = static_cast<char*>(copy.mutable_data_ptr());
  std::memcpy(to, data, copy.nbytes());
  if (storage.swapped) {
    for (size_t i = 0; i < copy.nbytes(); i += type.size) std::reverse(to + i, to + i + type.size);
  }
  return copy;
}

bool is_printable(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  while (stream.Tell() < text.size()) {
    unsigned code = 0;
    const bool valid = rapidjson::UTF8<>::Decode(stream, &code);
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    if (!valid || control) return false;
  }
  return !text.empty();
}

std::string printable_part(std::string_view text) {
  constexpr size_t kShown = 100;
  if (text.size() > kShown) {
    size_t end = kShown;
    while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // within a character
    return cat(printable_part(text.substr(0, end)), "...");
  }
  return is_printable(text) ? std::string(text) : cat("(", text.size(), " bytes)");
}

}  // namespace clipwork
