#pragma once
// JSON files whose lists are too long for a document: entries of lists are handed over one by one.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// One entry of a list, flat: every value is followed by what it holds.
class JsonTape;

/// A value of an entry that is being handed over.
class JsonValue {
 public:
  enum class Kind : uint8_t { null, boolean, integer, real, text, array, object };

  JsonValue(const JsonTape* tape, uint32_t at) : tape_(tape), at_(at) {}
  Kind kind() const;
  bool is(Kind kind) const { return this->kind() == kind; }
  bool is_number() const { return is(Kind::integer) || is(Kind::real); }
  int64_t integer() const;
  /// The value of an integer or a real number.
  double number() const;
  bool boolean() const;
  std::string_view text() const;
  /// Entries of an array or members of an object.
  uint32_t count() const;
  /// The member of that name, of several the last; false where there is none.
  bool find(std::string_view key, JsonValue* member) const;
  /// Calls `each` with every entry of an array.
  template <class Each>
  void entries(Each&& each) const {
    JsonValue entry(tape_, at_ + 1);
    for (uint32_t i = 0, count = this->count(); i < count; ++i, entry = entry.next()) each(entry);
  }
  /// "a list", "null", "a text": for messages.
  std::string described() const;

 private:
  JsonValue next() const;
  const JsonTape* tape_;
  uint32_t at_;
};

const char* described(JsonValue::Kind kind);

/// Bytes of a file, in order.
class ByteSource {
 public:
  virtual ~ByteSource();
  /// Fills up to `size` bytes and gives their number; 0 at the end.
  virtual size_t read(char* bytes, size_t size) = 0;
};

std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file);
/// results.json in a zip file.
std::unique_ptr<ByteSource> open_zip(const std::filesystem::path& file);

/// Receives the contents of a file.
class JsonLists {
 public:
  virtual ~JsonLists();
  /// The type of the whole file. The entries of an array are handed over as those of list "".
  virtual void root(JsonValue::Kind kind) = 0;
  /// True if this member of the root object should be read.
  virtual bool wants(std::string_view key) = 0;
  /// A member of interest begins; only an array has entries. It may begin again: the last one
  /// counts.
  virtual void member(std::string_view key, JsonValue::Kind kind) = 0;
  virtual void entry(std::string_view key, const JsonValue& value) = 0;
};

/// Reads as Python's json does: NaN and Infinity are numbers, and numbers are exact. Throws
/// InputError where the file is no JSON or nested deeper than 500 levels.
void read_json(ByteSource& source, JsonLists& lists);

}  // namespace clipwork
