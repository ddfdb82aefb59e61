#include <clipwork/parameters.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/data_folder.h"

namespace clipwork {

namespace {

bool read(const Value& value, bool& out) {
  if (value.boolean()) out = *value.boolean();
  return value.boolean() != nullptr;
}
bool read(const Value& value, int64_t& out) {
  if (value.integer()) out = *value.integer();
  return value.integer() != nullptr;
}
bool read(const Value& value, double& out) {
  if (value.integer()) {
    out = static_cast<double>(*value.integer());
    return true;
  }
  if (value.real()) out = *value.real();
  return value.real() != nullptr;
}
bool read(const Value& value, std::string& out) {
  if (value.text()) out = *value.text();
  return value.text() != nullptr;
}

/// The type of a parameter of this kind of value, alone and as a list, and what messages call one.
template <class T>
struct Kind;
template <>
struct Kind<bool> {
  static constexpr auto kType = ParameterType::boolean;
  static constexpr const char* kOne = "a boolean";
};
template <>
struct Kind<int64_t> {
  static constexpr auto kType = ParameterType::integer, kList = ParameterType::integers;
  static constexpr const char* kOne = "an integer";
};
template <>
struct Kind<double> {
  static constexpr auto kType = ParameterType::number, kList = ParameterType::numbers;
  static constexpr const char* kOne = "a number";
};
template <>
struct Kind<std::string> {
  static constexpr auto kType = ParameterType::text, kList = ParameterType::texts;
  static constexpr const char* kOne = "a string";
};

std::string number_text(double value) {
  // Limits are mostly whole numbers, and people write those without point and exponent.
  bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole ? std::to_string(static_cast<int64_t>(value)) : Value(value).toml();
}

std::string limits_text(double minimum, double maximum) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (minimum == -kInfinity) return "at most " + number_text(maximum);
  if (maximum == kInfinity) return "at least " + number_text(minimum);
  return cat("from ", number_text(minimum), " to ", number_text(maximum));
}

std::string list_text(const std::vector<std::string>& words) {
  return join(words, [](const std::string& word) { return cat("'", word, "'"); });
}

/// Calls `check(value, name)` for a value, or for each element of a list.
template <class Check>
void each(const Value& value, const std::string& name, const Check& check) {
  const Value::Array* array = value.array();
  if (!array) return check(value, name);
  for (size_t i = 0; i < array->size(); ++i) check((*array)[i], cat(name, "[", i, "]"));
}

struct Complaint {
  Origin origin;
  std::string problem, advice;
};

std::vector<Complaint> outside_range(const Value& value, const std::string& name, double minimum,
                                     double maximum) {
  std::vector<Complaint> complaints;
  each(value, name, [&](const Value& one, const std::string& its_name) {
    double number = 0;
    // The comparison is written so that NaN is outside every range.
    if (read(one, number) && !(number >= minimum && number <= maximum)) {
      complaints.push_back({one.origin(), cat(its_name, " = ", one.toml(), " is outside its range"),
                            cat("expected ", limits_text(minimum, maximum))});
    }
  });
  return complaints;
}

std::vector<Complaint> outside_choices(const Value& value, const std::string& name,
                                       const std::vector<std::string>& choices) {
  std::vector<Complaint> complaints;
  each(value, name, [&](const Value& one, const std::string& its_name) {
    const std::string* text = one.text();
    if (!text || std::find(choices.begin(), choices.end(), *text) != choices.end()) return;
    std::string near = nearest(*text, choices);
    complaints.push_back({one.origin(), cat(its_name, " = ", one.toml(), " is not a valid choice"),
                          cat(near.empty() ? "" : cat("did you mean '", near, "'? "),
                              "expected one of ", list_text(choices))});
  });
  return complaints;
}

}  // namespace

std::string type_words(const ParameterInfo& parameter) {
  switch (parameter.type) {
    case ParameterType::boolean:
      return "boolean";
    case ParameterType::integer:
      return "integer";
    case ParameterType::number:
      return "number";
    case ParameterType::text:
      return "string";
    case ParameterType::path:
      return "path";
    case ParameterType::integers:
      return "list of integers";
    case ParameterType::numbers:
      return "list of numbers";
    case ParameterType::texts:
      return "list of strings";
    case ParameterType::table_of_texts:
      return "table of strings";
    case ParameterType::table_of_numbers:
      return "table of numbers";
    case ParameterType::integer_or_word:
      return cat("integer or \"", parameter.word, "\"");
    case ParameterType::component:
      return cat("component (", parameter.kind, ")");
    case ParameterType::table_of_components:
      return cat("table of components (", parameter.kind, ")");
  }
  throw Error("a parameter has an unknown type");
}

Describer::Describer() = default;

Describer::Describer(const Value* table, std::string where, Faults& faults,
                     std::vector<std::string> known)
    : table_(table), where_(std::move(where)), faults_(&faults), known_(std::move(known)) {
  if (table_ && !table_->is_table()) {
    faults.add(table_->origin(), cat(where_, ": expected a table, found ", table_->kind_name(),
                                     " (", table_->toml(), ")"));
    table_ = nullptr;
  }
}

std::string Describer::path(const std::string& name) const {
  return where_.empty() ? name : where_ + "." + name;
}

const Value* Describer::take(const char* name, const char* sentence, ParameterType type,
                             Value fallback) {
  ParameterInfo info;
  info.name = name;
  info.sentence = sentence;
  info.type = type;
  info.default_value = std::move(fallback);
  parameters_.push_back(std::move(info));
  given_.push_back(table_ ? table_->find(name) : nullptr);
  return given_.back();
}

Describer::Entry Describer::last() { return Entry(*this, parameters_.size() - 1); }

void Describer::wrong_type(const Value& value, const std::string& name, const std::string& expected,
                           std::string advice) {
  std::string shown = value.is_table() ? std::string() : cat(" (", value.toml(), ")");
  faults_->add(value.origin(),
               cat(path(name), ": expected ", expected, ", found ", value.kind_name(), shown),
               std::move(advice));
  // A value that was refused once is not checked against ranges and choices as well.
  given_.back() = nullptr;
}

template <class T>
Describer::Entry Describer::read_scalar(const char* name, T& value, const char* sentence) {
  const Value* given = take(name, sentence, Kind<T>::kType, Value(value));
  if (given && !read(*given, value)) wrong_type(*given, name, Kind<T>::kOne);
  return last();
}

template <class T>
Describer::Entry Describer::read_list(const char* name, std::vector<T>& value,
                                      const char* sentence) {
  const Value* given =
      take(name, sentence, Kind<T>::kList, Value(Value::Array(value.begin(), value.end())));
  if (!given) return last();
  if (!given->array()) {
    wrong_type(*given, name, cat("a ", type_words(parameters_.back())),
               given->is_table() ? "" : cat("write it as [", given->toml(), "]"));
    return last();
  }
  std::vector<T> elements;
  bool good = true;
  each(*given, name, [&](const Value& one, const std::string& its_name) {
    T element{};
    if (read(one, element)) {
      elements.push_back(std::move(element));
    } else {
      wrong_type(one, its_name, Kind<T>::kOne);
      good = false;
    }
  });
  if (good) value = std::move(elements);
  return last();
}

template <class Map>
Describer::Entry Describer::read_table(const char* name, Map& value, ParameterType type,
                                       const char* sentence) {
  using Element = typename Map::value_type::second_type;
  Value::Table fallback;
  for (const auto& [key, element] : value) fallback.push_back({key, Value(element), {}});
  const Value* given = take(name, sentence, type, Value(std::move(fallback)));
  if (!given) return last();
  if (!given->is_table()) {
    wrong_type(*given, name, cat("a ", type_words(parameters_.back())));
    return last();
  }
  Map entries;
  bool good = true;
  for (const Value::Member& member : *given->table_members()) {
    Element element{};
    if (read(member.value, element)) {
      entries.insert(entries.end(), {member.key, std::move(element)});
    } else {
      wrong_type(member.value, cat(name, ".", toml_key(member.key)), Kind<Element>::kOne);
      good = false;
    }
  }
  if (good) value = std::move(entries);
  return last();
}

Describer::Entry Describer::operator()(const char* name, bool& value, const char* sentence) {
  return read_scalar(name, value, sentence);
}
Describer::Entry Describer::operator()(const char* name, int64_t& value, const char* sentence) {
  return read_scalar(name, value, sentence);
}
Describer::Entry Describer::operator()(const char* name, double& value, const char* sentence) {
  return read_scalar(name, value, sentence);
}
Describer::Entry Describer::operator()(const char* name, std::string& value, const char* sentence) {
  return read_scalar(name, value, sentence);
}
Describer::Entry Describer::operator()(const char* name, std::vector<int64_t>& value,
                                       const char* sentence) {
  return read_list(name, value, sentence);
}
Describer::Entry Describer::operator()(const char* name, std::vector<double>& value,
                                       const char* sentence) {
  return read_list(name, value, sentence);
}
Describer::Entry Describer::operator()(const char* name, std::vector<std::string>& value,
                                       const char* sentence) {
  return read_list(name, value, sentence);
}
Describer::Entry Describer::operator()(const char* name, std::map<std::string, std::string>& value,
                                       const char* sentence) {
  return read_table(name, value, ParameterType::table_of_texts, sentence);
}
Describer::Entry Describer::operator()(const char* name,
                                       std::vector<std::pair<std::string, double>>& value,
                                       const char* sentence) {
  return read_table(name, value, ParameterType::table_of_numbers, sentence);
}

Describer::Entry Describer::choose(const char* name, std::vector<std::string> words, size_t& chosen,
                                   const char* sentence) {
  std::string value = chosen < words.size() ? words[chosen] : std::string();
  Entry entry = read_scalar(name, value, sentence).choices(words);
  chosen = static_cast<size_t>(std::find(words.begin(), words.end(), value) - words.begin());
  return entry;
}

Describer::Entry Describer::maybe(const char* name, std::optional<int64_t>& value, const char* word,
                                  const char* sentence) {
  const Value* given =
      take(name, sentence, ParameterType::integer_or_word, value ? Value(*value) : Value(word));
  parameters_.back().word = word;
  if (!given) return last();
  int64_t number = 0;
  if (read(*given, number)) {
    value = number;
  } else if (given->text() && *given->text() == word) {
    value.reset();
  } else {
    wrong_type(*given, name, cat("an integer or \"", word, "\""));
  }
  return last();
}

Describer::Entry Describer::file(const char* name, std::string& value, const char* sentence) {
  Entry entry = read_scalar(name, value, sentence);
  parameters_.back().type = ParameterType::path;
  const Value* given = given_.back();
  if (given && given->text()) value = located_data(*given);
  return entry;
}

std::string located_data(const Value& path) {
  namespace fs = std::filesystem;
  const std::string& text = *path.text();
  if (text.empty() || !fs::path(text).is_relative()) return text;
  if (const std::optional<fs::path> found = in_data_folder(text)) return found->string();
  std::error_code failed;
  const Origin& origin = path.origin();
  const fs::path beside = fs::path(origin.file).parent_path() / text;
  // Weights may be named as FILE#KEY.
  const std::string file = beside.string().substr(0, beside.string().rfind('#'));
  const bool is_there = fs::exists(beside, failed) || fs::exists(file, failed);
  return origin.line > 0 && is_there ? beside.string() : text;
}

void Describer::finish() {
  if (!table_) return;
  std::vector<std::string> names = known_, described;
  for (const ParameterInfo& info : parameters_) described.push_back(info.name);
  names.insert(names.end(), described.begin(), described.end());
  for (const Value::Member& member : *table_->table_members()) {
    if (std::find(names.begin(), names.end(), member.key) != names.end()) continue;
    std::string near = nearest(member.key, names);
    faults_->add(member.origin,
                 cat(where_.empty() ? "the table" : where_, " has no parameter '", member.key, "'"),
                 !near.empty()       ? cat("did you mean '", near, "'?")
                 : described.empty() ? "it has no parameters"
                                     : cat("available: ", list_text(described)));
  }
}

std::vector<std::string> Describer::mistakes() const {
  std::vector<std::string> found;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const ParameterInfo& info = parameters_[i];
    for (size_t j = 0; j < i; ++j) {
      if (parameters_[j].name == info.name)
        found.push_back(cat("'", info.name, "' is described twice"));
    }
    if (info.required) continue;
    std::vector<Complaint> complaints;
    if (info.minimum) {
      complaints = outside_range(info.default_value, info.name, *info.minimum, *info.maximum);
    }
    if (!info.choices.empty()) {
      for (Complaint& complaint : outside_choices(info.default_value, info.name, info.choices)) {
        complaints.push_back(std::move(complaint));
      }
    }
    for (const Complaint& complaint : complaints) {
      found.push_back(cat("the default ", complaint.problem, "; ", complaint.advice));
    }
  }
  return found;
}

Describer::Entry::Entry(Describer& owner, size_t index) : owner_(owner), index_(index) {}

Describer::Entry& Describer::Entry::range(double minimum, double maximum) {
  ParameterInfo& info = owner_.parameters_[index_];
  info.minimum = minimum;
  info.maximum = maximum;
  if (const Value* given = owner_.given_[index_]) {
    for (Complaint& complaint : outside_range(*given, owner_.path(info.name), minimum, maximum)) {
      owner_.faults_->add(complaint.origin, complaint.problem, complaint.advice);
    }
  }
  return *this;
}

Describer::Entry& Describer::Entry::choices(std::vector<std::string> values) {
  ParameterInfo& info = owner_.parameters_[index_];
  info.choices = std::move(values);
  if (const Value* given = owner_.given_[index_]) {
    for (Complaint& complaint : outside_choices(*given, owner_.path(info.name), info.choices)) {
      owner_.faults_->add(complaint.origin, complaint.problem, complaint.advice);
    }
  }
  return *this;
}

Describer::Entry& Describer::Entry::unit(std::string unit) {
  owner_.parameters_[index_].unit = std::move(unit);
  return *this;
}

Describer::Entry& Describer::Entry::required() {
  ParameterInfo& info = owner_.parameters_[index_];
  info.required = true;
  info.default_value = Value();
  bool missing = !owner_.table_ || !owner_.table_->find(info.name);
  if (owner_.faults_ && missing) {
    owner_.faults_->add(owner_.table_ ? owner_.table_->origin() : Origin{},
                        cat(owner_.path(info.name), " is missing (", info.sentence, ")"),
                        cat("give it as ", info.name, " = ..."));
  }
  return *this;
}

}  // namespace clipwork
