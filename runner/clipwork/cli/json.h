#pragma once
// JSON for programs that read what a verb prints.

#include <clipwork/value.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <string>

namespace clipwork::cli {

/// A writer that keeps its text: json.StartObject(), json.Key("a"), json.Int(1), ...
class Json : public rapidjson::PrettyWriter<rapidjson::StringBuffer> {
 public:
  Json() : PrettyWriter(buffer_) { SetIndent(' ', 2); }
  std::string text() const { return buffer_.GetString(); }

 private:
  rapidjson::StringBuffer buffer_;
};

void write(Json& json, const std::string& text);
/// Numbers that JSON does not have are written as text ("inf", "nan"), nothing as null.
void write(Json& json, const Value& value);

}  // namespace clipwork::cli
