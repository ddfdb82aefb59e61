#include <clipwork/error.h>
#include <clipwork/printable.h>
#include <clipwork/value.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace clipwork {

std::string Origin::text() const { return line == 0 ? file : cat(file, ":", line, ":", column); }

namespace {

/// Cuts the first key off a dotted path.
std::string_view next_key(std::string_view& path) {
  size_t dot = path.find('.');
  std::string_view key = path.substr(0, dot);
  path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  return key;
}

std::string toml_string(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (char c : text) {
    auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (code < 0x20 || code == 0x7f) {
      out += {'\\', 'u', '0', '0', kHex[code >> 4], kHex[code & 15]};
    } else {
      out += c;
    }
  }
  return printable_json(out + '"');
}

std::string real_text(double value) {
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 32> digits;
  char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  // Without a point or an exponent TOML would read an integer.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

const Value::Member* Value::member(std::string_view key) const {
  return const_cast<Value*>(this)->member(key);
}

Value::Member* Value::member(std::string_view key) {
  if (Table* table = table_members()) {
    for (Member& member : *table) {
      if (member.key == key) return &member;
    }
  }
  return nullptr;
}

const Value* Value::find(std::string_view path) const {
  const Value* value = this;
  while (!path.empty()) {
    const Member* found = value->member(next_key(path));
    if (!found) return nullptr;
    value = &found->value;
  }
  return value;
}

void Value::set(std::string_view path, Value value) {
  Value* here = this;
  while (true) {
    std::string_view key = next_key(path);
    if (!here->is_table()) here->data_ = Table();
    Member* found = here->member(key);
    if (!found) {
      found = &here->table_members()->emplace_back(Member{std::string(key), {}, value.origin()});
    }
    if (path.empty()) {
      found->origin = value.origin();
      found->value = std::move(value);
      return;
    }
    here = &found->value;
    if (here->is_none()) *here = Value::table(value.origin());
  }
}

void Value::erase(std::string_view key) {
  if (Table* table = table_members()) {
    std::erase_if(*table, [&](const Member& member) { return member.key == key; });
  }
}

const char* Value::kind_name() const {
  static constexpr const char* kNames[] = {"nothing",  "a boolean", "an integer", "a number",
                                           "a string", "a list",    "a table"};
  return kNames[data_.index()];
}

std::string Value::toml() const {
  if (const bool* value = boolean()) return *value ? "true" : "false";
  if (const int64_t* value = integer()) return std::to_string(*value);
  if (const double* value = real()) return real_text(*value);
  if (const std::string* value = text()) return toml_string(*value);
  std::string out, separator;
  if (const Array* values = array()) {
    for (const Value& value : *values) {
      out += separator + value.toml();
      separator = ", ";
    }
    return "[" + out + "]";
  }
  if (const Table* members = table_members()) {
    for (const Member& member : *members) {
      out += separator + toml_key(member.key) + " = " + member.value.toml();
      separator = ", ";
    }
    return out.empty() ? "{}" : "{ " + out + " }";
  }
  return out;
}

namespace {

std::vector<const Value::Member*> by_key(const Value::Table& table) {
  std::vector<const Value::Member*> members;
  for (const Value::Member& member : table) members.push_back(&member);
  std::ranges::sort(members, {}, &Value::Member::key);
  return members;
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  const Value::Table *table_a = a.table_members(), *table_b = b.table_members();
  if (table_a && table_b) {
    return std::ranges::equal(by_key(*table_a), by_key(*table_b),
                              [](const Value::Member* in_a, const Value::Member* in_b) {
                                return in_a->key == in_b->key && in_a->value == in_b->value;
                              });
  }
  if (a.array() && b.array()) return *a.array() == *b.array();
  // Every kind is written in its own way, and numbers with all their digits.
  return a.toml() == b.toml();
}

std::string toml_key(std::string_view key) {
  bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  return bare ? std::string(key) : toml_string(key);
}

}  // namespace clipwork
