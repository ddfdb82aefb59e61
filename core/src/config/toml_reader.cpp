#include "config/toml_reader.h"

#include <algorithm>

#include "base/foreign_file.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// The parser recurses once a level. One more than is accepted, so that the fault has our words.
#define TOML_MAX_NESTED_VALUES 64
#include <toml++/toml.h>

namespace clipwork {
namespace {

Origin origin_of(const std::string& file, const toml::source_position& place) {
  return {file, static_cast<int>(place.line), static_cast<int>(place.column)};
}

/// The position behind the string that starts at `i`.
size_t string_end(std::string_view text, size_t i) {
  char quote = text[i];
  std::string_view mark =
      text.substr(i, 3) == std::string(3, quote) ? text.substr(i, 3) : text.substr(i, 1);
  for (i += mark.size(); i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text.substr(i, mark.size()) == mark) {
      i += mark.size();
      // The end of a text of several lines may follow quotes of the text itself.
      while (mark.size() == 3 && i < text.size() && text[i] == quote) ++i;
      return i;
    } else if (mark.size() == 1 && text[i] == '\n') {
      return i;
    }
  }
  return text.size();
}

/// True if a key has more than a hundred parts. toml++ makes a table of each and frees them by
/// recursion, so that a long enough key would exhaust the stack.
bool has_endless_key(std::string_view text) {
  constexpr int kMaxDots = 100;
  int dots = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || text[i] == '\'') {
      i = string_end(text, i) - 1;
    } else if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size() - 1);
      dots = 0;
    } else if (text[i] == '.') {
      if (++dots > kMaxDots) return true;
    } else if (std::string_view("=,[{\n").find(text[i]) != std::string_view::npos) {
      dots = 0;
    }
  }
  return false;
}

class Converter {
 public:
  Converter(const std::string& file, Faults& faults) : file_(file), faults_(faults) {}

  /// `path` is the length of the keys that lead to the node.
  Value convert(const toml::node& node, int depth = 0, size_t path = 0) {
    Origin origin = origin_of(file_, node.source().begin);
    if (depth > kMaxConfigDepth) {
      faults_.add(origin, cat("nested more than ", kMaxConfigDepth, " levels deep"));
      return {};
    }
    if (const toml::table* table = node.as_table()) return members(*table, origin, depth, path);
    if (const toml::array* array = node.as_array()) {
      Value::Array elements;
      for (const toml::node& element : *array) {
        elements.push_back(convert(element, depth + 1, path));
      }
      return Value(std::move(elements), origin);
    }
    if (const auto* value = node.as_boolean()) return Value(value->get(), origin);
    if (const auto* value = node.as_integer()) return Value(value->get(), origin);
    if (const auto* value = node.as_floating_point()) return Value(value->get(), origin);
    if (const auto* value = node.as_string()) return Value(value->get(), origin);
    faults_.add(origin, "dates and times are not allowed in a config",
                "write it as a string, in quotes");
    return {};
  }

 private:
  Value members(const toml::table& table, const Origin& origin, int depth, size_t path) {
    Value::Table members;
    for (const auto& [key, node] : table) {
      const Origin place = origin_of(file_, key.source().begin);
      const size_t length = path + key.length();
      if (length > kMaxKeyBytes) {
        faults_.add(place, cat("the path of this key has ", length, " bytes"),
                    cat("the limit is ", kMaxKeyBytes));
        continue;
      }
      members.push_back({std::string(key.str()), convert(node, depth + 1, length), place});
    }
    // toml++ sorts by name; people read in the order of the file.
    std::stable_sort(members.begin(), members.end(),
                     [](const Value::Member& a, const Value::Member& b) {
                       return std::tie(a.origin.line, a.origin.column) <
                              std::tie(b.origin.line, b.origin.column);
                     });
    return Value(std::move(members), origin);
  }

  const std::string& file_;
  Faults& faults_;
};

void add_syntax_fault(const toml::parse_error& error, const std::string& file, Faults& faults) {
  std::string words(error.description());
  std::string advice;
  if (words.find("exceeded maximum nested") != std::string::npos) {
    words = cat("nested more than ", kMaxConfigDepth, " levels deep");
  } else if (words.find("parsing value:") != std::string::npos ||
             words.find("parsing boolean:") != std::string::npos) {
    advice = "strings need quotes; other values are numbers, true, false, [lists] and { tables }";
  }
  constexpr std::string_view kStart = "Error while parsing ";
  if (words.starts_with(kStart)) words = cat("in this ", words.substr(kStart.size()));
  faults.add(origin_of(file, error.source().begin), "not valid TOML: " + words, advice);
}

}  // namespace

std::optional<Value> parse_toml(const std::string& text, const std::string& file, Faults& faults) {
  if (has_endless_key(text)) {
    faults.add({file, 1, 1}, cat("a key has more than ", kMaxConfigDepth, " parts"));
    return {};
  }
  toml::parse_result result = toml::parse(std::string_view(text), std::string_view(file));
  if (!result) {
    if (const std::optional<ForeignFile> foreign = recognise_foreign_file(text)) {
      faults.add({file, 1, 1}, cat("expected a TOML file, but this is ", foreign->kind),
                 std::string(foreign->advice));
    } else {
      add_syntax_fault(result.error(), file, faults);
    }
    return {};
  }
  return Converter(file, faults).convert(result.table());
}

}  // namespace clipwork
