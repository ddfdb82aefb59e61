#pragma once

#include "checkpoint/pickle.h"

namespace clipwork::pickle {

/// The objects that globals of a pickle can create: a closed table of the constructors that tensors
/// of PyTorch and numpy need. None of them runs code of the file; all other globals become opaque
/// values.
class Constructors {
 public:
  Constructors(ByteReader& reader, Data& data, StorageFinder* finder)
      : reader_(reader), data_(data), finder_(finder) {}

  /// Start of the current opcode.
  size_t position = 0;
  [[noreturn]] void refuse(const std::string& problem) const;

  /// The value of `callable(*arguments)`.
  Ref call(Ref callable, Ref arguments);
  /// The storage that a persistent id names.
  Ref persistent(Ref id);
  /// Gives `object` the state that was stored beside it.
  void build(Ref object, Ref state);

  Ref add(Value::Kind kind, decltype(Value::content) content = int64_t{0});
  /// Adds a value that holds others. Refuses what is nested too deeply.
  Ref add_holder(Value::Kind kind, std::vector<Ref> items);
  void append(Ref holder, Ref item);

 private:
  using Make = Ref (Constructors::*)(Ref callable, Ref arguments);
  struct Entry {
    std::string_view module, name;
    Make make;
  };
  static const Entry kTable[];

  ByteReader& reader_;
  Data& data_;
  StorageFinder* finder_;
  size_t copied_ = 0, copied_bytes_ = 0, tensors_ = 0;

  Ref ordered_dict(Ref callable, Ref arguments);
  Ref size(Ref callable, Ref arguments);
  Ref tensor(Ref callable, Ref arguments);
  Ref typed_tensor(Ref callable, Ref arguments);
  Ref parameter(Ref callable, Ref arguments);
  Ref encode(Ref callable, Ref arguments);
  Ref empty_bytes(Ref callable, Ref arguments);
  Ref numpy_type(Ref callable, Ref arguments);
  Ref numpy_array(Ref callable, Ref arguments);
  Ref numpy_buffer(Ref callable, Ref arguments);
  Ref numpy_scalar(Ref callable, Ref arguments);

  Ref add_tensor(std::unique_ptr<TensorView> tensor);
  Ref strided(Ref arguments, const ElementType* type);
  Ref filled(Ref callable, Ref arguments, Ref type, std::vector<int64_t> shape, bool fortran,
             Ref content);
  Ref opaque(Ref callable, Ref arguments);
  /// In place of a tensor or storage that needs `unknown`.
  Ref lost(Ref unknown, Ref arguments);
  void build_array(Ref object, Ref state);
  void build_type(Ref object, Ref state);

  // All of them refuse what is not there or of another kind.
  const Value& expect(Ref tuple, size_t index, Value::Kind kind) const;
  Ref expect_any(Ref tuple, size_t index) const;
  std::string_view expect_text(Ref tuple, size_t index) const;
  std::vector<int64_t> expect_sizes(Ref tuple, size_t index) const;
  bool is_opaque(Ref tuple, size_t index) const;
  bool is_global(Ref value, std::string_view module, std::string_view name) const;
};

/// The name of the class of torch that stores elements of this type; empty where it has none.
std::string_view storage_name(at::ScalarType type);

}  // namespace clipwork::pickle
