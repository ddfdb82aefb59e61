#pragma once
// Writing of JSON: results, what is known of a run, what verbs print for programs.

#include <clipwork/value.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// Writes one JSON value, part by part: begin_object(), member("frames", 3), end_object(), take().
/// Real numbers are written with the fewest digits that give them back; characters that a terminal
/// would act on are escaped, and bytes that are not UTF-8 replaced (`printable_json`).
class JsonWriter {
 public:
  /// `pretty`: a line for each member, indented by two. `line`: all on one line, without spaces.
  enum class Form { pretty, line };
  explicit JsonWriter(Form form = Form::pretty);
  ~JsonWriter();
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  /// The name of the member that comes next.
  void key(std::string_view name);
  void begin_object(std::string_view name);
  void begin_array(std::string_view name);

  void null();
  void value(bool value);
  /// Infinities and NaN, which JSON does not have, as null.
  void value(double value);
  void value(std::string_view text);
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(const char* text) { value(std::string_view(text)); }
  template <std::integral Integer>
  void value(Integer number) {
    integer(static_cast<int64_t>(number));
  }
  /// A config's value: infinities and NaN as text ("inf"), none as null.
  void value(const Value& value);
  template <class Item>
  void value(const std::vector<Item>& items) {
    begin_array();
    for (const Item& item : items) value(item);
    end_array();
  }

  template <class Content>
  void member(std::string_view name, const Content& content) {
    key(name);
    value(content);
  }

  /// Returns the text written since the last call.
  std::string take();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
  void integer(int64_t number);
};

}  // namespace clipwork
