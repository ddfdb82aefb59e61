#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "checkpoint/byte_reader.h"
#include "checkpoint/file_tensor.h"

namespace clipwork::pickle {

/// A value of a pickle, by its place in the arena of all values.
using Ref = uint32_t;

/// Data that tensors look into. Its bytes may become known only after the pickle was read.
struct Storage {
  std::string_view key;
  const ElementType* type = nullptr;
  int64_t count = 0;  ///< elements
  std::string_view bytes;
  bool swapped = false;
};

struct TensorView {
  size_t storage = 0;
  const ElementType* type = nullptr;
  int64_t offset = 0;  ///< in elements of `type`, as strides are
  std::vector<int64_t> shape, strides;
};

/// A value of numpy while it is put together.
struct NumpyType {
  std::string_view code;  ///< "f4"
  bool swapped = false;
  bool plain = true;  ///< neither fields nor parts
};

struct Value {
  enum class Kind : uint8_t {
    none,
    boolean,
    integer,
    large,  ///< an integer of more than 64 bits; its bytes
    real,
    text,
    bytes,
    tuple,
    list,
    set,
    dict,     ///< keys and values in turn
    global,   ///< module and name
    opaque,   ///< something that was not made: the global that it needs, then what it was given
    storage,  ///< index into Data::storages
    type,     ///< of numpy
    array,    ///< of numpy, before its content
    tensor,
  };
  Kind kind = Kind::none;
  uint8_t depth = 0;
  bool lost_data = false;  ///< opaque in place of a tensor or its storage
  size_t position = 0;     ///< byte in the pickle
  std::variant<int64_t, double, std::string_view, std::vector<Ref>, std::unique_ptr<TensorView>,
               std::unique_ptr<NumpyType>>
      content;

  int64_t integer() const { return std::get<int64_t>(content); }
  std::string_view text() const { return std::get<std::string_view>(content); }
  const std::vector<Ref>& items() const { return std::get<std::vector<Ref>>(content); }
  std::vector<Ref>& items() { return std::get<std::vector<Ref>>(content); }
  const TensorView& tensor() const { return *std::get<std::unique_ptr<TensorView>>(content); }
};

/// Everything that a pickle holds. The arena owns it, so values that hold themselves do no harm.
class Data {
 public:
  static constexpr size_t kMaxItems = 10'000'000;
  static constexpr size_t kMaxDepth = 64;

  std::vector<Storage> storages;
  const Value& operator[](Ref ref) const { return values_[ref]; }
  Value& operator[](Ref ref) { return values_[ref]; }
  Ref add(Value value);
  /// Keeps bytes that stand nowhere in the file.
  std::string_view keep(std::string bytes) { return kept_.emplace_back(std::move(bytes)); }

 private:
  std::deque<Value> values_;
  std::deque<std::string> kept_;
};

/// Resolves persistent ids to storages of the archive.
class StorageFinder {
 public:
  virtual ~StorageFinder() = default;
  /// The index of the storage in `data.storages`. Throws InputError through `reader`.
  virtual size_t find(std::string_view key, const ElementType& type, int64_t count,
                      const ByteReader& reader) = 0;
  /// A part of a storage, as legacy files have them.
  virtual size_t find_view(size_t root, std::string_view key, int64_t offset, int64_t count,
                           const ByteReader& reader) = 0;
};

/// Reads one pickle of protocol 2 to 5 from the reader's position, and leaves the reader behind it.
/// Values are built, code is not run: what a pickle would call is looked up in a closed table of
/// constructors of tensors, and everything else becomes an opaque value that is only stored. Throws
/// InputError naming the byte where operands do not fit or limits are passed.
Ref read(ByteReader& reader, Data& data, StorageFinder* finder);

/// "'module.name' (byte 12)" of a global, or of what an opaque value needs.
std::string describe_global(const Data& data, const Value& value);

}  // namespace clipwork::pickle
