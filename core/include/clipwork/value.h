#pragma once
// A config value with the place it came from. Parsed from TOML, merged, and read by whoever
// describes parameters.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace clipwork {

/// The place of a value: a file's line and column (from 1), or "--set" and friends with line 0.
struct Origin {
  std::string file;
  int line = 0, column = 0;
  /// "file:line:column", or the file's word alone.
  std::string text() const;
};

class Value {
 public:
  using Array = std::vector<Value>;
  /// In order of first appearance; keys are unique. A key's own place is kept for errors that name
  /// the key.
  struct Member;
  using Table = std::vector<Member>;

  Value();
  Value(bool value, Origin origin = {});
  Value(int64_t value, Origin origin = {});
  Value(int value, Origin origin = {});
  Value(double value, Origin origin = {});
  Value(std::string value, Origin origin = {});
  Value(const char* value, Origin origin = {});
  Value(Array value, Origin origin = {});
  Value(Table value, Origin origin = {});

  /// An empty table.
  static Value table(Origin origin = {});

  bool is_none() const { return std::holds_alternative<std::monostate>(data_); }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const int64_t* integer() const { return std::get_if<int64_t>(&data_); }
  const double* real() const { return std::get_if<double>(&data_); }
  const std::string* text() const { return std::get_if<std::string>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  Array* array() { return std::get_if<Array>(&data_); }
  const Table* table_members() const { return std::get_if<Table>(&data_); }
  Table* table_members() { return std::get_if<Table>(&data_); }
  bool is_table() const { return std::holds_alternative<Table>(data_); }

  /// The member of this very key (a dot is part of it), or null.
  const Member* member(std::string_view key) const;
  Member* member(std::string_view key);
  /// The value at this dotted path ("model.decoder.queries"), or null.
  const Value* find(std::string_view path) const;
  /// Sets the member of this dotted path, making tables on the way.
  void set(std::string_view path, Value value);
  /// Removes the member of this key (not a path), if there.
  void erase(std::string_view key);

  const Origin& origin() const { return origin_; }
  void set_origin(Origin origin) { origin_ = std::move(origin); }
  /// "an integer", "a table", ...
  const char* kind_name() const;
  /// The value as TOML on one line; numbers so that reading them gives the same bits.
  std::string toml() const;
  /// The same kinds and the same bits throughout; the order of a table's keys and origins do not
  /// count.
  friend bool operator==(const Value& a, const Value& b);

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Table> data_;
  Origin origin_;
};

struct Value::Member {
  std::string key;
  Value value;
  Origin origin;  ///< of the key
};

// A constructor may destroy the members of a table, so Member must be complete where it is defined.
inline Value::Value() = default;
inline Value::Value(bool value, Origin origin) : data_(value), origin_(std::move(origin)) {}
inline Value::Value(int64_t value, Origin origin) : data_(value), origin_(std::move(origin)) {}
inline Value::Value(int value, Origin origin) : Value(int64_t{value}, std::move(origin)) {}
inline Value::Value(double value, Origin origin) : data_(value), origin_(std::move(origin)) {}
inline Value::Value(std::string value, Origin origin)
    : data_(std::move(value)), origin_(std::move(origin)) {}
inline Value::Value(const char* value, Origin origin)
    : Value(std::string(value), std::move(origin)) {}
inline Value::Value(Array value, Origin origin)
    : data_(std::move(value)), origin_(std::move(origin)) {}
inline Value::Value(Table value, Origin origin)
    : data_(std::move(value)), origin_(std::move(origin)) {}
inline Value Value::table(Origin origin) { return Value(Table(), std::move(origin)); }

/// The key as TOML writes it: bare where it may be, else quoted.
std::string toml_key(std::string_view key);

}  // namespace clipwork
