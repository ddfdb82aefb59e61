#pragma once
// JSON files whose lists are too long for a document: entries of lists are handed over one by one.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

struct JsonTape;

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
  /// The member of that name, of several the last; nothing where there is none.
  std::optional<JsonValue> find(std::string_view key) const;
  /// Calls `each` with every entry of an array.
  template <class Each>
  void entries(Each&& each) const {
    JsonValue entry(tape_, at_ + 1);
    for (uint32_t i = 0, count = this->count(); i < count; ++i, entry = entry.next()) each(entry);
  }
  /// Calls `each` with the name and the value of every member of an object.
  template <class Each>
  void members(Each&& each) const {
    JsonValue name(tape_, at_ + 1);
    for (uint32_t i = 0, count = this->count(); i < count; ++i) {
      const JsonValue value = name.next();
      each(name.text(), value);
      name = value.next();
    }
  }
  /// For messages: numbers and short strings as they are, else "a list", "null", ...
  std::string described() const;

 private:
  JsonValue next() const;
  const JsonTape* tape_;
  uint32_t at_;
};

/// One entry of a list, flat: every value is followed by what it holds.
struct JsonTape {
  struct Node {
    JsonValue::Kind kind;
    uint32_t next;  ///< the place behind the value
    union {
      bool boolean;
      int64_t integer;
      double real;
      struct {
        uint32_t begin, length;
      } text;
      uint32_t count;
    };
  };
  std::vector<Node> nodes;
  std::string texts;
};

// Inline: masks are lists of many numbers.
inline JsonValue::Kind JsonValue::kind() const { return tape_->nodes[at_].kind; }
inline int64_t JsonValue::integer() const { return tape_->nodes[at_].integer; }
inline bool JsonValue::boolean() const { return tape_->nodes[at_].boolean; }
inline uint32_t JsonValue::count() const { return tape_->nodes[at_].count; }
inline JsonValue JsonValue::next() const { return {tape_, tape_->nodes[at_].next}; }
inline double JsonValue::number() const {
  const JsonTape::Node& node = tape_->nodes[at_];
  return node.kind == Kind::integer ? static_cast<double>(node.integer) : node.real;
}
inline std::string_view JsonValue::text() const {
  const JsonTape::Node& node = tape_->nodes[at_];
  return std::string_view(tape_->texts).substr(node.text.begin, node.text.length);
}

/// "a list", "a number", ...
const char* described(JsonValue::Kind kind);

/// Bytes of a file, in order.
class ByteSource {
 public:
  virtual ~ByteSource();
  /// Fills up to `size` bytes and returns their number; 0 at the end.
  virtual size_t read(char* bytes, size_t size) = 0;
};

/// Throws InputError where the file cannot be read; its name is left to the caller.
std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file);

/// Receives the contents of a file.
class JsonLists {
 public:
  virtual ~JsonLists();
  /// True if the whole file should be handed over, as one entry of list "". For files that are no
  /// longer than an entry of others.
  virtual bool whole() { return false; }
  /// The type of the whole file. The entries of an array are handed over as those of list "".
  virtual void root(JsonValue::Kind kind) = 0;
  /// True if this member of the root object should be read.
  virtual bool wants(std::string_view key) = 0;
  /// A member of interest begins; only an array has entries. It may begin again: the last one
  /// counts.
  virtual void member(std::string_view key, JsonValue::Kind kind) = 0;
  virtual void entry(std::string_view key, const JsonValue& value) = 0;
};

/// The extensions of JSON that are accepted. In both, NaN and Infinity are numbers, and a byte
/// order mark at the start is skipped.
enum class JsonRules {
  python,   ///< as Python's json: UTF-8 is valid, and brackets are nested up to 500 levels
  lenient,  ///< any bytes in strings, any depth
};

/// Reads a file. Integers of 64 bits are exact, other numbers the nearest double, 0 where they are
/// too small for one. Throws InputError where the file is not JSON, saying what it is instead if
/// that can be recognised; where a number is too large for a double or longer than 65536
/// characters; and where an entry of a list has 2^32 values or bytes of text.
void read_json(ByteSource& source, JsonLists& lists, JsonRules rules);

}  // namespace clipwork
