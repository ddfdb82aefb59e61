#include "data/json_fields.h"

#include <charconv>
#include <cmath>

namespace clipwork {

using Kind = JsonValue::Kind;

void unexpected(const JsonValue& found, std::string_view expected, const std::string& advice) {
  throw InputError(cat("expected ", expected, ", found ", found.described()), {}, advice);
}

JsonValue required(const JsonValue& entry, const char* key, const std::string& advice) {
  const std::optional<JsonValue> value = entry.find(key);
  if (!value) throw InputError(cat("'", key, "' is missing"), {}, advice);
  return *value;
}

int64_t integer(const JsonValue& value) {
  if (value.is(Kind::integer)) return value.integer();
  constexpr double kMost = 9e15;  // above, not every integer has a double of its own
  if (value.is(Kind::real) && std::abs(value.number()) <= kMost &&
      value.number() == std::floor(value.number())) {
    return static_cast<int64_t>(value.number());
  }
  if (value.is(Kind::real) && std::abs(value.number()) > kMost) {
    unexpected(value, "an integer", "it is too large: use integers of at most 15 digits");
  }
  unexpected(value, "an integer");
}

int64_t identifier(const JsonValue& value) {
  if (!value.is(Kind::text)) return integer(value);
  const std::string_view text = value.text();
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc() && end == text.data() + text.size()) return id;
  unexpected(value, "an integer", "ids are integers: number the entries 1, 2, 3, ...");
}

int64_t required_integer(const JsonValue& entry, const char* key) {
  const JsonValue value = required(entry, key);
  return within(key, [&] { return integer(value); });
}

int64_t required_identifier(const JsonValue& entry, const char* key) {
  const JsonValue value = required(entry, key);
  return within(key, [&] { return identifier(value); });
}

bool is_falsy(const JsonValue& value) {
  switch (value.kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return !value.boolean();
    case Kind::integer:
    case Kind::real:
      return value.number() == 0;
    case Kind::text:
      return value.text().empty();
    case Kind::array:
    case Kind::object:
      return value.count() == 0;
  }
  return true;
}

}  // namespace clipwork
