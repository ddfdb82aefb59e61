#pragma once
// JSON from text, for tests.

#include <clipwork/error.h>

#include <string>
#include <utility>

#include "data/json_list.h"
#include "support.h"

namespace clipwork::test {

class Text : public ByteSource {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  size_t read(char* bytes, size_t size) override {
    const size_t got = text_.copy(bytes, size, at_);
    at_ += got;
    return got;
  }

 private:
  std::string text_;
  size_t at_ = 0;
};

/// Calls `look` with a value as it is handed over.
template <class Look>
void look_at(const std::string& json, Look look) {
  struct One : JsonLists {
    explicit One(Look look) : look(std::move(look)) {}
    Look look;
    void root(JsonValue::Kind) override {}
    bool wants(std::string_view) override { return false; }
    void member(std::string_view, JsonValue::Kind) override {}
    void entry(std::string_view, const JsonValue& value) override { look(value); }
  };
  Text source("[" + json + "]");
  One one(std::move(look));
  read_json(source, one, JsonRules::python);
}

/// The message of the InputError that `look` throws for a value.
template <class Look>
std::string refusal_of(const std::string& json, Look look) {
  return error_of<InputError>([&] { look_at(json, std::move(look)); });
}

}  // namespace clipwork::test
