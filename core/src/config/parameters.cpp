#include <clipwork/parameters.h>
#include <clipwork/printable.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/data_folder.h"
#include "base/patterns.h"
#include "config/unknown_key.h"

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
  const bool finite = value.real() && std::isfinite(*value.real());
  if (finite) out = *value.real();
  return finite;
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

/// Of the elements of a list or table, the first ones with a fault are reported.
constexpr size_t kMostComplaints = 20;

/// Calls `is_good(value, name_of)` for a value, or for each element of a list or table, until some
/// of them were not; `name_of()` is the element's name ("depths[1]"). True if all were good.
template <class IsGood>
bool each(const Value& value, const std::string& name, const IsGood& is_good) {
  size_t bad = 0;
  const auto judge = [&](const Value& one, const auto& name_of) {
    if (!is_good(one, name_of)) ++bad;
    return bad < kMostComplaints;
  };
  if (const Value::Array* array = value.array()) {
    for (size_t i = 0; i < array->size(); ++i) {
      if (!judge((*array)[i], [&] { return cat(name, "[", i, "]"); })) break;
    }
  } else if (const Value::Table* table = value.table_members()) {
    for (const Value::Member& member : *table) {
      if (!judge(member.value, [&] { return cat(name, ".", toml_key(member.key)); })) break;
    }
  } else {
    judge(value, [&] { return name; });
  }
  return bad == 0;
}

/// A value in a message.
std::string shown(const Value& value) {
  constexpr size_t kLongest = 200;
  return shortened(value.toml(), kLongest);
}

struct Complaint {
  Origin origin;
  std::string problem, advice;
};
using Complaints = std::vector<Complaint>;

void check_range(const Value& value, const std::string& name, double minimum, double maximum,
                 Complaints& complaints) {
  each(value, name, [&](const Value& one, const auto& name_of) {
    if (!one.integer() && !one.real()) return true;
    const double number = one.real() ? *one.real() : static_cast<double>(*one.integer());
    // The comparison is written so that NaN is outside every range.
    if (number >= minimum && number <= maximum) return true;
    complaints.push_back({one.origin(), cat(name_of(), " = ", shown(one), " is outside its range"),
                          cat("expected ", limits_text(minimum, maximum))});
    return false;
  });
}

void check_choices(const Value& value, const std::string& name,
                   const std::vector<std::string>& choices, Complaints& complaints) {
  each(value, name, [&](const Value& one, const auto& name_of) {
    const std::string* text = one.text();
    if (!text || std::ranges::find(choices, *text) != choices.end()) return true;
    complaints.push_back(
        {one.origin(), cat(name_of(), " = ", shown(one), " is not a valid choice"),
         did_you_mean_or(*text, choices, cat("expected one of ", list_text(choices)))});
    return false;
  });
}

/// "3", "1 to 4"
std::string length_text(std::pair<size_t, size_t> length) {
  return length.first == length.second ? cat(length.first)
                                       : cat(length.first, " to ", length.second);
}

void check_length(const Value& value, const std::string& name, std::pair<size_t, size_t> length,
                  Complaints& complaints) {
  const size_t count = value.array() ? value.array()->size() : length.first;
  if (count >= length.first && count <= length.second) return;
  complaints.push_back({value.origin(),
                        cat(name, " has ", counted(static_cast<int64_t>(count), "value"),
                            ", expected ", length_text(length)),
                        {}});
}

void check_interval(const Value& value, const std::string& name, Complaints& complaints) {
  double smallest = 0, largest = 0;
  const Value::Array* ends = value.array();
  const bool both = ends && ends->size() == 2;
  if (!both || !read((*ends)[0], smallest) || !read((*ends)[1], largest)) return;
  if (smallest <= largest) return;
  complaints.push_back({value.origin(), cat(name, " = ", shown(value), " is not a range"),
                        "write the smallest and then the largest value"});
}

void check_patterns(const Value& value, const std::string& name, Complaints& complaints) {
  const Value::Table* table = value.table_members();
  const size_t count = table ? table->size() : value.array() ? value.array()->size() : 0;
  if (count > kMostPatterns) {
    complaints.push_back({value.origin(), cat(name, " has ", count, " regular expressions"),
                          cat("expected at most ", kMostPatterns)});
    return;
  }
  const auto complain = [&](const std::string& pattern, const Origin& origin, const auto& name_of) {
    const std::string fault = Pattern::fault_of(pattern);
    if (!fault.empty()) complaints.push_back({origin, cat(name_of(), ": ", fault), {}});
    return fault.empty();
  };
  if (table) {
    for (const Value::Member& member : *table) {
      complain(member.key, member.origin, [&] { return name; });
    }
    return;
  }
  each(value, name, [&](const Value& one, const auto& name_of) {
    return !one.text() || complain(*one.text(), one.origin(), name_of);
  });
}

constexpr const char* kNameCharacters = "letters, digits, '_' and '-'";

bool is_name_part(const std::string& text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
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
                                     " (", shown(*table_), ")"));
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
  std::string found = value.kind_name();
  if (value.real() && !std::isfinite(*value.real())) {
    found = value.toml();
  } else if (!value.is_table()) {
    found += cat(" (", shown(value), ")");
  }
  faults_->add(value.origin(), cat(path(name), ": expected ", expected, ", found ", found),
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
               given->is_table() ? "" : cat("write it as [", shown(*given), "]"));
    return last();
  }
  std::vector<T> elements;
  const bool good = each(*given, name, [&](const Value& one, const auto& name_of) {
    T element{};
    const bool fits = read(one, element);
    if (fits) {
      elements.push_back(std::move(element));
    } else {
      wrong_type(one, name_of(), Kind<T>::kOne);
    }
    return fits;
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
  auto member = given->table_members()->begin();
  const bool good = each(*given, name, [&](const Value& one, const auto& name_of) {
    Element element{};
    const bool fits = read(one, element);
    if (fits) {
      entries.insert(entries.end(), {member->key, std::move(element)});
    } else {
      wrong_type(one, name_of(), Kind<Element>::kOne);
    }
    ++member;
    return fits;
  });
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
  const fs::path first = *fs::path(text).begin();
  const bool beside_alone = first == "." || first == "..";
  if (const auto found = beside_alone ? std::nullopt : in_data_folder(text)) {
    return found->string();
  }
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
  const std::string otherwise =
      described.empty() ? "it has no parameters" : cat("available: ", list_text(described));
  const std::string owner = where_.empty() ? "the table" : where_;
  size_t unknown = 0;
  for (const Value::Member& member : *table_->table_members()) {
    if (std::find(names.begin(), names.end(), member.key) != names.end()) continue;
    if (++unknown > kMostComplaints) continue;
    faults_->add(member.origin, cat(owner, " has no parameter '", member.key, "'"),
                 advice_for_key(member.key, names, where_, otherwise));
  }
  if (unknown > kMostComplaints) {
    faults_->add(table_->origin(), cat(owner, " has ", unknown - kMostComplaints,
                                       " more keys that are not its parameters"));
  }
}

void Describer::check_name_part(const std::string& name, const Origin& origin) {
  if (is_name_part(name) && !name.empty()) return;
  faults_->add(origin, cat("'", name, "' cannot be the name of a component"),
               cat("use ", kNameCharacters));
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
    Complaints complaints;
    const Value& value = info.default_value;
    if (info.minimum) check_range(value, info.name, *info.minimum, *info.maximum, complaints);
    if (info.length) check_length(value, info.name, *info.length, complaints);
    if (!info.choices.empty()) check_choices(value, info.name, info.choices, complaints);
    for (const Complaint& complaint : complaints) {
      found.push_back(cat("the default ", Error(complaint.problem, "", complaint.advice).what()));
    }
  }
  return found;
}

Describer::Entry::Entry(Describer& owner, size_t index) : owner_(owner), index_(index) {}

template <class Check>
void Describer::Entry::check(const Check& check_value) {
  const Value* given = owner_.given_[index_];
  if (!given) return;
  Complaints complaints;
  check_value(*given, owner_.path(owner_.parameters_[index_].name), complaints);
  for (Complaint& complaint : complaints) {
    owner_.faults_->add(complaint.origin, std::move(complaint.problem),
                        std::move(complaint.advice));
  }
}

Describer::Entry& Describer::Entry::range(double minimum, double maximum) {
  ParameterInfo& info = owner_.parameters_[index_];
  info.minimum = minimum;
  info.maximum = maximum;
  check([&](const Value& value, const std::string& name, Complaints& complaints) {
    check_range(value, name, minimum, maximum, complaints);
  });
  return *this;
}

Describer::Entry& Describer::Entry::length(size_t least, size_t most) {
  owner_.parameters_[index_].length = {least, most};
  check([&](const Value& value, const std::string& name, Complaints& complaints) {
    check_length(value, name, {least, most}, complaints);
  });
  return *this;
}

Describer::Entry& Describer::Entry::interval(double minimum, double maximum) {
  range(minimum, maximum).length(2, 2);
  check(check_interval);
  return *this;
}

Describer::Entry& Describer::Entry::patterns() {
  owner_.parameters_[index_].form = "regular expressions";
  check(check_patterns);
  return *this;
}

Describer::Entry& Describer::Entry::name_part() {
  owner_.parameters_[index_].form = kNameCharacters;
  check([](const Value& value, const std::string& name, Complaints& complaints) {
    if (is_name_part(*value.text())) return;
    complaints.push_back({value.origin(),
                          cat(name, " = ", shown(value), " cannot be part of a name"),
                          cat("use ", kNameCharacters)});
  });
  return *this;
}

Describer::Entry& Describer::Entry::choices(std::vector<std::string> values) {
  ParameterInfo& info = owner_.parameters_[index_];
  info.choices = std::move(values);
  check([&](const Value& value, const std::string& name, Complaints& complaints) {
    check_choices(value, name, info.choices, complaints);
  });
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
