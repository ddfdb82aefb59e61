#include "cli/json.h"

#include <cmath>

namespace clipwork::cli {

void write(Json& json, const std::string& text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write(Json& json, const Value& value) {
  if (value.boolean()) {
    json.Bool(*value.boolean());
  } else if (value.integer()) {
    json.Int64(*value.integer());
  } else if (value.real() && std::isfinite(*value.real())) {
    json.Double(*value.real());
  } else if (value.real()) {
    write(json, value.toml());
  } else if (value.text()) {
    write(json, *value.text());
  } else if (value.array()) {
    json.StartArray();
    for (const Value& element : *value.array()) write(json, element);
    json.EndArray();
  } else if (value.is_table()) {
    json.StartObject();
    for (const Value::Member& member : *value.table_members()) {
      write(json, member.key);
      write(json, member.value);
    }
    json.EndObject();
  } else {
    json.Null();
  }
}

}  // namespace clipwork::cli
