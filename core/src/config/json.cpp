#include <clipwork/host/json.h>
#include <clipwork/printable.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <variant>

namespace clipwork {
namespace {

using Pretty = rapidjson::PrettyWriter<rapidjson::StringBuffer>;
using Line = rapidjson::Writer<rapidjson::StringBuffer>;

rapidjson::SizeType length(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

struct JsonWriter::Implementation {
  rapidjson::StringBuffer buffer;
  std::variant<std::monostate, Pretty, Line> writer;

  explicit Implementation(Form form) {
    if (form == Form::line) {
      writer.emplace<Line>(buffer);
    } else {
      writer.emplace<Pretty>(buffer).SetIndent(' ', 2);
    }
  }

  template <class Write>
  void write(const Write& write) {
    if (auto* line = std::get_if<Line>(&writer)) {
      write(*line);
    } else {
      write(std::get<Pretty>(writer));
    }
  }
};

JsonWriter::JsonWriter(Form form) : implementation_(new Implementation(form)) {}
JsonWriter::~JsonWriter() = default;

void JsonWriter::begin_object() {
  implementation_->write([](auto& writer) { writer.StartObject(); });
}
void JsonWriter::end_object() {
  implementation_->write([](auto& writer) { writer.EndObject(); });
}
void JsonWriter::begin_array() {
  implementation_->write([](auto& writer) { writer.StartArray(); });
}
void JsonWriter::end_array() {
  implementation_->write([](auto& writer) { writer.EndArray(); });
}
void JsonWriter::key(std::string_view name) {
  implementation_->write([&](auto& writer) { writer.Key(name.data(), length(name)); });
}
void JsonWriter::begin_object(std::string_view name) {
  key(name);
  begin_object();
}
void JsonWriter::begin_array(std::string_view name) {
  key(name);
  begin_array();
}

void JsonWriter::null() {
  implementation_->write([](auto& writer) { writer.Null(); });
}
void JsonWriter::value(bool value) {
  implementation_->write([&](auto& writer) { writer.Bool(value); });
}
void JsonWriter::value(double value) {
  if (!std::isfinite(value)) return null();
  implementation_->write([&](auto& writer) { writer.Double(value); });
}
void JsonWriter::value(std::string_view text) {
  implementation_->write([&](auto& writer) { writer.String(text.data(), length(text)); });
}
void JsonWriter::integer(int64_t number) {
  implementation_->write([&](auto& writer) { writer.Int64(number); });
}

void JsonWriter::value(const Value& config) {
  if (config.boolean()) {
    value(*config.boolean());
  } else if (config.integer()) {
    value(*config.integer());
  } else if (config.real()) {
    std::isfinite(*config.real()) ? value(*config.real()) : value(config.toml());
  } else if (config.text()) {
    value(*config.text());
  } else if (config.array()) {
    value(*config.array());
  } else if (config.is_table()) {
    begin_object();
    for (const Value::Member& one : *config.table_members()) member(one.key, one.value);
    end_object();
  } else {
    null();
  }
}

std::string JsonWriter::take() {
  rapidjson::StringBuffer& buffer = implementation_->buffer;
  std::string text = printable_json({buffer.GetString(), buffer.GetSize()});
  buffer.Clear();
  return text;
}

}  // namespace clipwork
