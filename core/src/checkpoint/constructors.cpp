#include "checkpoint/constructors.h"

#include <algorithm>

namespace clipwork::pickle {
namespace {

using Kind = Value::Kind;

/// Weights, their average and what an optimizer keeps for each.
constexpr size_t kMaxPickledTensors = 4 * kMaxTensors;
/// Bytes of a storage's key, which is a number.
constexpr size_t kMaxStorageKey = 256;

struct TypeName {
  std::string_view name;
  at::ScalarType type;
};
constexpr TypeName kStorages[] = {
    {"DoubleStorage", at::kDouble},     {"FloatStorage", at::kFloat},  {"HalfStorage", at::kHalf},
    {"BFloat16Storage", at::kBFloat16}, {"LongStorage", at::kLong},    {"IntStorage", at::kInt},
    {"ShortStorage", at::kShort},       {"CharStorage", at::kChar},    {"ByteStorage", at::kByte},
    {"BoolStorage", at::kBool},         {"UntypedStorage", at::kByte},
};
constexpr TypeName kTorchTypes[] = {
    {"float64", at::kDouble},    {"float32", at::kFloat}, {"float16", at::kHalf},
    {"bfloat16", at::kBFloat16}, {"int64", at::kLong},    {"int32", at::kInt},
    {"int16", at::kShort},       {"int8", at::kChar},     {"uint8", at::kByte},
    {"bool", at::kBool},
};
constexpr TypeName kNumpyTypes[] = {
    {"f8", at::kDouble}, {"f4", at::kFloat}, {"f2", at::kHalf}, {"i8", at::kLong}, {"i4", at::kInt},
    {"i2", at::kShort},  {"i1", at::kChar},  {"u1", at::kByte}, {"b1", at::kBool},
};

}  // namespace

std::string_view storage_name(at::ScalarType type) {
  for (const TypeName& one : kStorages) {
    if (one.type == type) return one.name;
  }
  return {};
}

namespace {

template <size_t N>
const ElementType* find_type(const TypeName (&names)[N], std::string_view name) {
  for (const TypeName& one : names) {
    if (one.name == name) return element_type(one.type);
  }
  return nullptr;
}

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::none:
      return "nothing";
    case Kind::boolean:
      return "a boolean";
    case Kind::integer:
      return "an integer";
    case Kind::large:
      return "a large integer";
    case Kind::real:
      return "a number";
    case Kind::text:
      return "a string";
    case Kind::bytes:
      return "bytes";
    case Kind::tuple:
      return "a tuple";
    case Kind::list:
      return "a list";
    case Kind::set:
      return "a set";
    case Kind::dict:
      return "a dict";
    case Kind::global:
      return "a global";
    case Kind::opaque:
      return "an opaque value";
    case Kind::storage:
      return "a storage";
    case Kind::type:
      return "an element type";
    case Kind::array:
      return "an unfinished array";
    case Kind::tensor:
      return "a tensor";
  }
  return "something unknown";
}

/// True if every element lies inside a storage of `bytes` bytes, and the tensor has no more
/// elements than the storage.
bool is_inside(const TensorView& tensor, int64_t bytes) {
  auto claimed = checked_bytes(tensor.shape, tensor.type->size);
  if (!claimed || tensor.offset < 0 || tensor.strides.size() != tensor.shape.size()) return false;
  int64_t last = tensor.offset;
  bool empty = false;
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    int64_t reach = 0;
    if (tensor.strides[d] < 0) return false;
    if (tensor.shape[d] == 0) empty = true;
    if (__builtin_mul_overflow(tensor.strides[d], std::max<int64_t>(tensor.shape[d] - 1, 0),
                               &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      return false;
    }
  }
  return empty || (*claimed <= bytes && last < bytes / tensor.type->size);
}

}  // namespace

const Constructors::Entry Constructors::kTable[] = {
    {"collections", "OrderedDict", &Constructors::ordered_dict},
    {"torch", "Size", &Constructors::size},
    {"torch._utils", "_rebuild_tensor", &Constructors::tensor},
    {"torch._utils", "_rebuild_tensor_v2", &Constructors::tensor},
    {"torch._utils", "_rebuild_tensor_v3", &Constructors::typed_tensor},
    {"torch._utils", "_rebuild_parameter", &Constructors::parameter},
    {"torch._utils", "_rebuild_parameter_with_state", &Constructors::parameter},
    {"_codecs", "encode", &Constructors::encode},
    {"__builtin__", "bytes", &Constructors::empty_bytes},
    {"builtins", "bytes", &Constructors::empty_bytes},
    {"numpy", "dtype", &Constructors::numpy_type},
    {"numpy.core.multiarray", "_reconstruct", &Constructors::numpy_array},
    {"numpy._core.multiarray", "_reconstruct", &Constructors::numpy_array},
    {"numpy.core.multiarray", "scalar", &Constructors::numpy_scalar},
    {"numpy._core.multiarray", "scalar", &Constructors::numpy_scalar},
    {"numpy.core.numeric", "_frombuffer", &Constructors::numpy_buffer},
    {"numpy._core.numeric", "_frombuffer", &Constructors::numpy_buffer},
};

void Constructors::refuse(const std::string& problem) const { reader_.refuse(problem, position); }

Ref Constructors::add(Kind kind, decltype(Value::content) content) {
  Value value;
  value.kind = kind;
  value.position = position;
  value.content = std::move(content);
  return data_.add(std::move(value));
}

Ref Constructors::add_holder(Kind kind, std::vector<Ref> items) {
  uint8_t depth = 0;
  for (Ref item : items) depth = std::max(depth, data_[item].depth);
  if (depth >= Data::kMaxDepth) refuse("nests values more than 64 deep");
  Ref holder = add(kind, std::move(items));
  data_[holder].depth = depth + 1;
  return holder;
}

void Constructors::append(Ref holder, Ref item) {
  Value& value = data_[holder];
  if (data_[item].depth >= Data::kMaxDepth) refuse("nests values more than 64 deep");
  value.items().push_back(item);
  value.depth = std::max<uint8_t>(value.depth, data_[item].depth + 1);
}

Ref Constructors::call(Ref callable, Ref arguments) {
  if (data_[arguments].kind != Kind::tuple) {
    refuse(cat("passes ", kind_name(data_[arguments].kind), " instead of arguments"));
  }
  if (data_[callable].kind == Kind::global) {
    for (const Entry& entry : kTable) {
      if (is_global(callable, entry.module, entry.name)) {
        return (this->*entry.make)(callable, arguments);
      }
    }
  } else if (data_[callable].kind != Kind::opaque) {
    refuse(cat("calls ", kind_name(data_[callable].kind)));
  }
  return opaque(callable, arguments);
}

Ref Constructors::persistent(Ref id) {
  if (data_[id].kind != Kind::tuple) refuse("has a persistent id that is not a tuple");
  // Older files also have ids of modules, whose class comes second.
  if (expect_text(id, 0) != "storage") return opaque(expect_any(id, 1), id);
  if (!finder_) refuse("refers to a storage, but the file has none");
  const Value& type = expect(id, 1, Kind::global);
  std::string_view module = data_[type.items()[0]].text();
  const ElementType* element = nullptr;
  if (module == "torch" || module == "torch.storage") {
    element = find_type(kStorages, data_[type.items()[1]].text());
  }
  if (!element) return lost(expect_any(id, 1), id);
  std::string_view key = expect_text(id, 2);
  if (key.size() > kMaxStorageKey) {
    refuse(cat("names a storage by a key of ", key.size(), " bytes, expected at most ",
               kMaxStorageKey));
  }
  int64_t count = expect(id, 4, Kind::integer).integer();
  if (!checked_bytes({count}, element->size)) {
    refuse(cat("claims a storage of ", count, " elements"));
  }
  size_t storage = finder_->find(key, *element, count, reader_);
  if (data_[id].items().size() > 5) {
    if (Ref view = expect_any(id, 5); data_[view].kind != Kind::none) {
      expect(id, 5, Kind::tuple);
      storage = finder_->find_view(storage, expect_text(view, 0),
                                   expect(view, 1, Kind::integer).integer(),
                                   expect(view, 2, Kind::integer).integer(), reader_);
    }
  }
  return add(Kind::storage, static_cast<int64_t>(storage));
}

void Constructors::build(Ref object, Ref state) {
  const Kind kind = data_[object].kind, state_kind = data_[state].kind;
  if (kind == Kind::opaque) return append(object, state);
  // Attributes of an OrderedDict (a state_dict has some) say nothing about the weights.
  if (kind == Kind::dict && state_kind == Kind::dict) return;
  if (kind == Kind::array && state_kind == Kind::tuple) return build_array(object, state);
  if (kind == Kind::type && state_kind == Kind::tuple) return build_type(object, state);
  refuse(cat("restores ", kind_name(kind), " from a state that is ", kind_name(state_kind)));
}

Ref Constructors::opaque(Ref callable, Ref arguments) {
  return add_holder(Kind::opaque, {callable, arguments});
}

Ref Constructors::lost(Ref unknown, Ref arguments) {
  Ref ref = opaque(unknown, arguments);
  data_[ref].lost_data = true;
  return ref;
}

Ref Constructors::ordered_dict(Ref callable, Ref arguments) {
  Ref dict = add_holder(Kind::dict, {});
  if (data_[arguments].items().empty()) return dict;
  const Value& pairs = data_[expect_any(arguments, 0)];
  if (pairs.kind != Kind::list) return opaque(callable, arguments);
  copied_ += pairs.items().size();
  if (copied_ > Data::kMaxItems) refuse("contains more than 10 million values");
  for (Ref pair : pairs.items()) {
    const Value& both = data_[pair];
    bool fits = (both.kind == Kind::tuple || both.kind == Kind::list) && both.items().size() == 2;
    if (!fits) refuse("builds an OrderedDict from something other than pairs");
    append(dict, both.items()[0]);
    append(dict, both.items()[1]);
  }
  return dict;
}

Ref Constructors::size(Ref, Ref arguments) {
  expect(arguments, 0, Kind::tuple);
  return expect_any(arguments, 0);
}

Ref Constructors::tensor(Ref, Ref arguments) {
  if (is_opaque(arguments, 0)) return lost(expect_any(arguments, 0), arguments);
  size_t storage = expect(arguments, 0, Kind::storage).integer();
  return strided(arguments, data_.storages[storage].type);
}

Ref Constructors::typed_tensor(Ref, Ref arguments) {
  if (is_opaque(arguments, 0)) return lost(expect_any(arguments, 0), arguments);
  const Value& type = expect(arguments, 6, Kind::global);
  const ElementType* element = nullptr;
  if (data_[type.items()[0]].text() == "torch") {
    element = find_type(kTorchTypes, data_[type.items()[1]].text());
  }
  return element ? strided(arguments, element) : lost(expect_any(arguments, 6), arguments);
}

Ref Constructors::add_tensor(std::unique_ptr<TensorView> tensor) {
  if (++tensors_ > kMaxPickledTensors) {
    refuse(cat("describes more than ", kMaxPickledTensors, " tensors"));
  }
  return add(Kind::tensor, std::move(tensor));
}

Ref Constructors::strided(Ref arguments, const ElementType* type) {
  auto tensor = std::make_unique<TensorView>();
  tensor->storage = expect(arguments, 0, Kind::storage).integer();
  tensor->type = type;
  tensor->offset = expect(arguments, 1, Kind::integer).integer();
  tensor->shape = expect_sizes(arguments, 2);
  tensor->strides = expect_sizes(arguments, 3);
  const Storage& storage = data_.storages[tensor->storage];
  if (!is_inside(*tensor, storage.count * storage.type->size)) {
    refuse(cat("describes a tensor ", at::IntArrayRef(tensor->shape), " with strides ",
               at::IntArrayRef(tensor->strides), " and offset ", tensor->offset,
               " that exceed its storage of ", storage.count, " elements"));
  }
  return add_tensor(std::move(tensor));
}

Ref Constructors::parameter(Ref, Ref arguments) {
  if (is_opaque(arguments, 0)) return lost(expect_any(arguments, 0), arguments);
  expect(arguments, 0, Kind::tensor);
  return expect_any(arguments, 0);
}

Ref Constructors::encode(Ref callable, Ref arguments) {
  std::string_view coding = expect_text(arguments, 1);
  const Value& value = data_[expect_any(arguments, 0)];
  if (value.kind != Kind::text || (coding != "latin1" && coding != "latin-1")) {
    return opaque(callable, arguments);
  }
  // Only a text that is decoded again and again has more bytes than the file.
  std::string_view text = value.text();
  copied_bytes_ += text.size();
  if (copied_bytes_ > reader_.size()) refuse("decodes more text than the file contains");
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    // Characters up to 255 have one byte, or C2 or C3 and a second one.
    if (c >= 0x80) {
      auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
      if ((c != 0xC2 && c != 0xC3) || (next & 0xC0) != 0x80) {
        refuse("contains a character outside latin-1");
      }
      c = static_cast<unsigned char>((c << 6) | (next & 0x3F));
      ++i;
    }
    bytes.push_back(static_cast<char>(c));
  }
  return add(Kind::bytes, data_.keep(std::move(bytes)));
}

Ref Constructors::empty_bytes(Ref callable, Ref arguments) {
  if (!data_[arguments].items().empty()) return opaque(callable, arguments);
  return add(Kind::bytes, std::string_view());
}

Ref Constructors::numpy_type(Ref, Ref arguments) {
  auto type = std::make_unique<NumpyType>();
  type->code = expect_text(arguments, 0);
  return add(Kind::type, std::move(type));
}

void Constructors::build_type(Ref object, Ref state) {
  // (version, byte order, subtype, names, fields, ...)
  auto& type = *std::get<std::unique_ptr<NumpyType>>(data_[object].content);
  type.swapped = expect_text(state, 1) == ">";
  for (size_t part = 2; part < 5; ++part) {
    if (data_[expect_any(state, part)].kind != Kind::none) type.plain = false;
  }
}

Ref Constructors::numpy_array(Ref callable, Ref arguments) {
  if (!is_global(expect_any(arguments, 0), "numpy", "ndarray")) {
    return opaque(callable, arguments);
  }
  return add_holder(Kind::array, {callable});
}

void Constructors::build_array(Ref object, Ref state) {
  // (version, shape, type, whether in column order, content)
  bool fortran = expect(state, 3, Kind::boolean).integer() != 0;
  Ref made = filled(data_[object].items()[0], state, expect_any(state, 2), expect_sizes(state, 1),
                    fortran, expect_any(state, 4));
  data_[object] = std::move(data_[made]);
}

Ref Constructors::numpy_buffer(Ref callable, Ref arguments) {
  // (buffer, type, shape, order)
  return filled(callable, arguments, expect_any(arguments, 1), expect_sizes(arguments, 2),
                expect_text(arguments, 3) == "F", expect_any(arguments, 0));
}

Ref Constructors::numpy_scalar(Ref callable, Ref arguments) {
  return filled(callable, arguments, expect_any(arguments, 0), {}, false, expect_any(arguments, 1));
}

Ref Constructors::filled(Ref callable, Ref arguments, Ref type_ref, std::vector<int64_t> shape,
                         bool fortran, Ref content_ref) {
  const Value& content = data_[content_ref];
  if (data_[type_ref].kind == Kind::opaque) return lost(type_ref, arguments);
  if (data_[type_ref].kind != Kind::type) refuse("has an array without an element type");
  const auto& type = *std::get<std::unique_ptr<NumpyType>>(data_[type_ref].content);
  const ElementType* element = type.plain ? find_type(kNumpyTypes, type.code) : nullptr;
  if (!element) return lost(add(Kind::text, type.code), arguments);
  if (content.kind != Kind::bytes) return lost(callable, arguments);

  Storage storage;
  storage.type = element;
  storage.bytes = content.text();
  storage.swapped = type.swapped;
  storage.count = static_cast<int64_t>(storage.bytes.size()) / element->size;
  auto tensor = std::make_unique<TensorView>();
  tensor->storage = data_.storages.size();
  tensor->type = element;
  tensor->shape = std::move(shape);
  auto expected = checked_bytes(tensor->shape, element->size);
  bool empty = std::find(tensor->shape.begin(), tensor->shape.end(), 0) != tensor->shape.end();
  if (!expected || (empty ? 0 : *expected) != static_cast<int64_t>(storage.bytes.size())) {
    refuse(cat("describes an array ", at::IntArrayRef(tensor->shape), " of type ", element->name,
               " with ", storage.bytes.size(), " bytes"));
  }
  tensor->strides.assign(tensor->shape.size(), 1);
  int64_t stride = 1;
  for (size_t d = 0; d < tensor->shape.size(); ++d) {
    size_t axis = fortran ? d : tensor->shape.size() - 1 - d;
    tensor->strides[axis] = stride;
    stride *= std::max<int64_t>(tensor->shape[axis], 1);
  }
  data_.storages.push_back(storage);
  return add_tensor(std::move(tensor));
}

Ref Constructors::expect_any(Ref tuple, size_t index) const {
  const std::vector<Ref>& items = data_[tuple].items();
  if (index >= items.size()) {
    refuse(cat("passes ", items.size(), " values, expected at least ", index + 1));
  }
  return items[index];
}

const Value& Constructors::expect(Ref tuple, size_t index, Kind kind) const {
  const Value& value = data_[expect_any(tuple, index)];
  if (value.kind == kind) return value;
  if (value.kind == Kind::opaque || value.kind == Kind::global) {
    refuse(cat("needs ", describe_global(data_, value),
               " for a tensor, which is not supported (code in files is never run)"));
  }
  refuse(cat("has ", kind_name(value.kind), ", expected ", kind_name(kind)));
}

std::string_view Constructors::expect_text(Ref tuple, size_t index) const {
  // Python 2 wrote texts as bytes.
  const Value& value = data_[expect_any(tuple, index)];
  return value.kind == Kind::bytes ? value.text() : expect(tuple, index, Kind::text).text();
}

std::vector<int64_t> Constructors::expect_sizes(Ref tuple, size_t index) const {
  const std::vector<Ref>& items = expect(tuple, index, Kind::tuple).items();
  std::vector<int64_t> sizes;
  if (items.size() > kMaxDimensions) refuse("has a shape with too many dimensions");
  for (Ref item : items) {
    if (data_[item].kind != Kind::integer) refuse("has a shape with values other than integers");
    sizes.push_back(data_[item].integer());
  }
  return sizes;
}

bool Constructors::is_opaque(Ref tuple, size_t index) const {
  return data_[expect_any(tuple, index)].kind == Kind::opaque;
}

bool Constructors::is_global(Ref ref, std::string_view module, std::string_view name) const {
  const Value& value = data_[ref];
  return value.kind == Kind::global && data_[value.items()[0]].text() == module &&
         data_[value.items()[1]].text() == name;
}

}  // namespace clipwork::pickle
