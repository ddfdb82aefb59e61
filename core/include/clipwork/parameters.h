#pragma once
// Parameters, described once. A component has a struct of plain members with their defaults and one
// function:
//
//   struct Parameters {
//     int64_t buffer = 1;
//     Assignment assignment = Assignment::hungarian;
//     void describe(clipwork::Describer& d) {
//       d("buffer", buffer, "past frames that are averaged").range(1, 1000).unit("frames");
//       d("assignment", assignment,
//         {{"hungarian", Assignment::hungarian}, {"greedy", Assignment::greedy}},
//         "how rows are linked");
//     }
//   };
//
// From it come parsing, range checks, `inspect`, the reference pages, and errors with
// file:line:column and the nearest name.

#include <clipwork/api.h>
#include <clipwork/error.h>
#include <clipwork/faults.h>
#include <clipwork/value.h>

#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace clipwork {

class RefBase;
class RefsBase;

/// The type of a parameter in TOML.
enum class ParameterType {
  boolean,
  integer,
  number,
  text,
  path,
  integers,
  numbers,
  texts,
  table_of_texts,
  table_of_numbers,
  integer_or_word,
  component,
  table_of_components,
};

/// A parameter as its description has it.
struct ParameterInfo {
  std::string name, sentence;
  ParameterType type = ParameterType::text;
  /// The kind of components that the parameter refers to; empty for other types.
  std::string kind;
  /// The word that `integer_or_word` takes instead of an integer.
  std::string word;
  /// None where the parameter must be given, or refers to no component by default.
  Value default_value;
  /// Must be given; the default means nothing.
  bool required = false;
  std::string unit;
  std::vector<std::string> choices;
  std::optional<double> minimum, maximum;
  /// The fewest and the most elements of a list.
  std::optional<std::pair<size_t, size_t>> length;
  /// What its texts must be, in words: "regular expressions".
  std::string form;
};

/// The type in words: "integer", "list of numbers", "component (decoder)", "integer or \"video\"".
std::string type_words(const ParameterInfo& parameter);

/// Visits the parameters of one struct: reads them from a config table, or lists them.
class CLIPWORK_API Describer {
 public:
  /// Lists only; values stay as they are.
  Describer();
  /// Reads from `table` (may be null: all defaults). `where` names the table in messages
  /// ("model.decoder"). Keys in `known` belong to somebody else ("type") and are not reported as
  /// unknown.
  Describer(const Value* table, std::string where, Faults& faults,
            std::vector<std::string> known = {});

  class Entry {
   public:
    /// Limits, both included, of a number or of each number in a list or table.
    Entry& range(double minimum, double maximum = std::numeric_limits<double>::infinity());
    /// Limits of the number of elements of a list, both included.
    Entry& length(size_t least, size_t most);
    /// A list of two numbers in this range, the smallest and the largest.
    Entry& interval(double minimum, double maximum);
    /// Each text of a list, or each key of a table, is a regular expression (RE2's syntax).
    Entry& patterns();
    /// The text is empty or a part of a name: letters, digits, '_' and '-'.
    Entry& name_part();
    Entry& choices(std::vector<std::string> values);
    Entry& unit(std::string unit);
    /// The value must be given.
    Entry& required();

   private:
    friend class Describer;
    Entry(Describer& owner, size_t index);
    /// Reports what `check_value` finds wrong with the value, if it was given.
    template <class Check>
    void check(const Check& check_value);
    Describer& owner_;
    size_t index_;
  };

  Entry operator()(const char* name, bool& value, const char* sentence);
  Entry operator()(const char* name, int64_t& value, const char* sentence);
  Entry operator()(const char* name, double& value, const char* sentence);
  Entry operator()(const char* name, std::string& value, const char* sentence);
  Entry operator()(const char* name, std::vector<int64_t>& value, const char* sentence);
  Entry operator()(const char* name, std::vector<double>& value, const char* sentence);
  Entry operator()(const char* name, std::vector<std::string>& value, const char* sentence);
  Entry operator()(const char* name, std::map<std::string, std::string>& value,
                   const char* sentence);
  /// A number for each name or pattern.
  Entry operator()(const char* name, std::vector<std::pair<std::string, double>>& value,
                   const char* sentence);
  /// A reference to a component, or to several under names (clipwork/ref.h).
  Entry operator()(const char* name, RefBase& value, const char* sentence);
  Entry operator()(const char* name, RefsBase& value, const char* sentence);
  /// One of a few words, each bound to an enumerator.
  template <class Choice>
  requires std::is_enum_v<Choice> Entry
  operator()(const char* name, Choice& value,
             std::initializer_list<std::pair<const char*, std::type_identity_t<Choice>>> words,
             const char* sentence) {
    std::vector<std::string> names;
    size_t chosen = words.size();
    for (const auto& [word, choice] : words) {
      if (choice == value) chosen = names.size();
      names.push_back(word);
    }
    Entry entry = choose(name, std::move(names), chosen, sentence);
    if (chosen < words.size()) value = (words.begin() + chosen)->second;
    return entry;
  }
  /// An integer, or a word for "none":
  /// d.maybe("length", length, "video", "frames per window").
  Entry maybe(const char* name, std::optional<int64_t>& value, const char* word,
              const char* sentence);
  /// Text that names a file or folder of data: as `located_data` finds it.
  Entry file(const char* name, std::string& value, const char* sentence);

  /// Reports keys of the table that nobody described, each with the nearest name. Called once, at
  /// the end.
  void finish();

  /// Mistakes in the description itself, one sentence each: a default outside its own range
  /// or choices, a name twice. A given value is checked when it is read, a default is trusted.
  std::vector<std::string> mistakes() const;

  const std::vector<ParameterInfo>& parameters() const { return parameters_; }
  /// The component references met, by parameter name.
  const std::vector<std::pair<std::string, RefBase*>>& references() const { return references_; }
  bool reading() const { return faults_ != nullptr; }

 private:
  friend class Entry;
  /// The table's value for a new parameter, or null where the default stays.
  const Value* take(const char* name, const char* sentence, ParameterType type, Value fallback);
  /// `chosen` is the place of the default in `words` and becomes that of the word given.
  Entry choose(const char* name, std::vector<std::string> words, size_t& chosen,
               const char* sentence);
  Entry last();
  template <class T>
  Entry read_scalar(const char* name, T& value, const char* sentence);
  template <class T>
  Entry read_list(const char* name, std::vector<T>& value, const char* sentence);
  template <class Map>
  Entry read_table(const char* name, Map& value, ParameterType type, const char* sentence);
  std::string path(const std::string& name) const;
  void wrong_type(const Value& value, const std::string& name, const std::string& expected,
                  std::string advice = {});
  /// Reports a key of a table of components that cannot be a part of a name.
  void check_name_part(const std::string& name, const Origin& origin);
  const Value* table_ = nullptr;
  std::string where_;
  Faults* faults_ = nullptr;
  std::vector<std::string> known_;
  std::vector<ParameterInfo> parameters_;
  std::vector<std::pair<std::string, RefBase*>> references_;
  /// By parameter: the table's value, or null where there is none or it has the wrong type.
  std::vector<const Value*> given_;
};

/// The path of the data that a text names: a relative path is looked for below $CLIPWORK_DATA (not
/// one like "./x"), then below the folder of its config; one that is in neither stays as it is.
std::string located_data(const Value& path);

/// Reads a parameter struct from a table, collecting faults.
template <class Parameters>
Parameters read_parameters(const Value* table, const std::string& where, Faults& faults,
                           std::vector<std::string> known = {}) {
  Parameters parameters;
  Describer describer(table, where, faults, std::move(known));
  parameters.describe(describer);
  describer.finish();
  return parameters;
}

}  // namespace clipwork
