#include <clipwork/parameters.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <tuple>

namespace clipwork {

RefBase::~RefBase() = default;
RefsBase::~RefsBase() = default;

// Faults

bool Faults::Fault::operator==(const Fault& other) const {
  return origin.text() == other.origin.text() && problem == other.problem && advice == other.advice;
}

void Faults::add(Origin origin, std::string problem, std::string advice) {
  faults_.push_back({std::move(origin), std::move(problem), std::move(advice)});
}

std::vector<Faults::Fault> Faults::sorted() const {
  std::vector<Fault> faults = faults_;
  std::stable_sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.origin.file, a.origin.line, a.origin.column) <
           std::tie(b.origin.file, b.origin.line, b.origin.column);
  });
  faults.erase(std::unique(faults.begin(), faults.end()), faults.end());
  return faults;
}

std::string Faults::text() const {
  std::string out;
  for (const Fault& fault : sorted()) {
    out += InputError(fault.problem, fault.origin.text(), fault.advice).what();
    out += '\n';
  }
  return out;
}

void Faults::raise() const {
  std::vector<Fault> faults = sorted();
  if (faults.empty()) return;
  if (faults.size() == 1) {
    throw InputError(faults[0].problem, faults[0].origin.text(), faults[0].advice);
  }
  std::string all = cat(faults.size(), " faults");
  for (const Fault& fault : faults) {
    // An advice of several lines stays below its own fault.
    for (char c : cat("\n", InputError(fault.problem, fault.origin.text(), fault.advice).what())) {
      all += c;
      if (c == '\n') all += "  ";
    }
  }
  throw InputError(all);
}

// Reading of one value

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

/// The words for a type: of a parameter, and in "... where an integer is wanted".
template <class T>
struct Words;
template <>
struct Words<bool> {
  static constexpr const char *type = "boolean", *wanted = "true or false";
};
template <>
struct Words<int64_t> {
  static constexpr const char *type = "integer", *wanted = "an integer";
};
template <>
struct Words<double> {
  static constexpr const char *type = "number", *wanted = "a number";
};
template <>
struct Words<std::string> {
  static constexpr const char *type = "text", *wanted = "text";
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
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "'" : ", '") + word + "'";
  return out;
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
                            cat("it takes ", limits_text(minimum, maximum))});
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
    complaints.push_back({one.origin(),
                          cat(its_name, " = ", one.toml(), " is not one of its choices"),
                          cat(near.empty() ? "" : cat("did you mean '", near, "'? "), "it takes ",
                              list_text(choices))});
  });
  return complaints;
}

}  // namespace

// Describer

Describer::Describer() = default;

Describer::Describer(const Value* table, std::string where, Faults& faults,
                     std::vector<std::string> known)
    : table_(table), where_(std::move(where)), faults_(&faults), known_(std::move(known)) {
  if (table_ && !table_->is_table()) {
    faults.add(table_->origin(), cat(where_, " is ", table_->kind_name(), " (", table_->toml(),
                                     ") where a table is wanted"));
    table_ = nullptr;
  }
}

std::string Describer::path(const std::string& name) const {
  return where_.empty() ? name : where_ + "." + name;
}

const Value* Describer::take(const char* name, const char* sentence, std::string type,
                             Value fallback) {
  ParameterInfo info;
  info.name = name;
  info.sentence = sentence;
  info.type = std::move(type);
  info.default_value = fallback.toml();
  parameters_.push_back(std::move(info));
  const Value* given = table_ ? table_->find(name) : nullptr;
  held_.push_back({given, std::move(fallback)});
  return given;
}

Describer::Entry Describer::last() { return Entry(*this, parameters_.size() - 1); }

void Describer::wrong_type(const Value& value, const std::string& name, const std::string& wanted,
                           std::string advice) {
  std::string shown = value.is_table() ? std::string() : cat(" (", value.toml(), ")");
  faults_->add(value.origin(),
               cat(path(name), " is ", value.kind_name(), shown, " where ", wanted, " is wanted"),
               std::move(advice));
  // A value that was refused once is not checked against ranges and choices as well.
  held_.back().given = nullptr;
}

template <class T>
Describer::Entry Describer::read_scalar(const char* name, T& value, const char* sentence) {
  const Value* given = take(name, sentence, Words<T>::type, Value(value));
  if (given && !read(*given, value)) wrong_type(*given, name, Words<T>::wanted);
  return last();
}

template <class T>
Describer::Entry Describer::read_list(const char* name, std::vector<T>& value,
                                      const char* sentence) {
  std::string type = cat("list of ", Words<T>::type, "s");
  const Value* given = take(name, sentence, type, Value(Value::Array(value.begin(), value.end())));
  if (!given) return last();
  if (!given->array()) {
    wrong_type(*given, name, "a " + type,
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
      wrong_type(one, its_name, Words<T>::wanted);
      good = false;
    }
  });
  if (good) value = std::move(elements);
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
  Value::Table fallback;
  for (const auto& [key, text] : value) fallback.push_back({key, Value(text), {}});
  const Value* given = take(name, sentence, "table of texts", Value(std::move(fallback)));
  if (!given) return last();
  if (!given->is_table()) {
    wrong_type(*given, name, "a table of texts");
    return last();
  }
  std::map<std::string, std::string> entries;
  bool good = true;
  for (const Value::Member& member : *given->table_members()) {
    if (!read(member.value, entries[member.key])) {
      wrong_type(member.value, cat(name, ".", toml_key(member.key)), "text");
      good = false;
    }
  }
  if (good) value = std::move(entries);
  return last();
}

Describer::Entry Describer::operator()(const char* name, RefBase& value, const char* sentence) {
  references_.emplace_back(name, &value);
  const Value* given = take(name, sentence, cat("component (", value.kind, ")"), value.config);
  if (!given) return last();
  const std::string* text = given->text();
  if (given->is_table() || (text && text->starts_with('@'))) {
    value.config = *given;
  } else {
    wrong_type(*given, name, cat("a ", value.kind),
               cat("write { type = ", text ? given->toml() : "\"...\"",
                   " } to make one, or \"@model.tracker\" to share one that is there"));
  }
  return last();
}

Describer::Entry Describer::operator()(const char* name, RefsBase& value, const char* sentence) {
  const Value* given =
      take(name, sentence, cat("table of components (", value.kind, ")"), Value(Value::Table()));
  if (!given) return last();
  if (!given->is_table()) {
    wrong_type(*given, name, cat("a table of ", value.kind, "s"),
               cat("write [", path(name), ".NAME] with type = \"...\" for each"));
    return last();
  }
  for (const Value::Member& member : *given->table_members()) {
    std::string its_name = cat(name, ".", member.key);
    if (!member.value.is_table()) {
      wrong_type(member.value, its_name, cat("a ", value.kind),
                 "write { type = \"...\" } to make one");
      continue;
    }
    RefBase reference(value.kind);
    reference.config = member.value;
    value.entries.emplace_back(member.key, std::move(reference));
    references_.emplace_back(std::move(its_name), &value.entries.back().second);
  }
  return last();
}

Describer::Entry Describer::operator()(const char* name,
                                       std::vector<std::pair<std::string, double>>& value,
                                       const char* sentence) {
  Value::Table fallback;
  for (const auto& [key, number] : value) fallback.push_back({key, Value(number), {}});
  const Value* given = take(name, sentence, "table of numbers", Value(std::move(fallback)));
  if (!given) return last();
  if (!given->is_table()) {
    wrong_type(*given, name, "a table of numbers");
    return last();
  }
  std::vector<std::pair<std::string, double>> entries;
  bool good = true;
  for (const Value::Member& member : *given->table_members()) {
    double number = 0;
    if (read(member.value, number)) {
      entries.emplace_back(member.key, number);
    } else {
      wrong_type(member.value, cat(name, ".", toml_key(member.key)), "a number");
      good = false;
    }
  }
  if (good) value = std::move(entries);
  return last();
}

Describer::Entry Describer::maybe(const char* name, std::optional<int64_t>& value, const char* word,
                                  const char* sentence) {
  const Value* given =
      take(name, sentence, cat("integer or \"", word, "\""), value ? Value(*value) : Value(word));
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
  namespace fs = std::filesystem;
  Entry entry = read_scalar(name, value, sentence);
  const Value* given = held_.back().given;
  if (!given || given->origin().line == 0 || !fs::path(value).is_relative()) return entry;
  std::error_code failed;
  const char* data = std::getenv("CLIPWORK_DATA");
  if (data && *data && fs::exists(fs::path(data) / value, failed)) {
    value = (fs::path(data) / value).string();
    return entry;
  }
  const fs::path beside = fs::path(given->origin().file).parent_path() / value;
  if (fs::exists(beside, failed)) value = beside.string();
  return entry;
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
                                     : cat("its parameters are ", list_text(described)));
  }
}

std::vector<std::string> Describer::mistakes() const {
  std::vector<std::string> found;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const ParameterInfo& info = parameters_[i];
    for (size_t j = 0; j < i; ++j) {
      if (parameters_[j].name == info.name) found.push_back(cat("'", info.name, "' stands twice"));
    }
    if (info.required) continue;
    std::vector<Complaint> complaints;
    if (info.minimum) {
      complaints = outside_range(held_[i].fallback, info.name, *info.minimum, *info.maximum);
    }
    if (!info.choices.empty()) {
      for (Complaint& complaint : outside_choices(held_[i].fallback, info.name, info.choices)) {
        complaints.push_back(std::move(complaint));
      }
    }
    for (const Complaint& complaint : complaints) {
      found.push_back(cat("the default ", complaint.problem, "; ", complaint.advice));
    }
  }
  return found;
}

// Entry

Describer::Entry::Entry(Describer& owner, size_t index) : owner_(owner), index_(index) {}

Describer::Entry& Describer::Entry::range(double minimum, double maximum) {
  ParameterInfo& info = owner_.parameters_[index_];
  info.minimum = minimum;
  info.maximum = maximum;
  if (const Value* given = owner_.held_[index_].given) {
    for (Complaint& complaint : outside_range(*given, owner_.path(info.name), minimum, maximum)) {
      owner_.faults_->add(complaint.origin, complaint.problem, complaint.advice);
    }
  }
  return *this;
}

Describer::Entry& Describer::Entry::choices(std::vector<std::string> values) {
  ParameterInfo& info = owner_.parameters_[index_];
  info.choices = std::move(values);
  if (const Value* given = owner_.held_[index_].given) {
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
  info.default_value.clear();
  bool missing = !owner_.table_ || !owner_.table_->find(info.name);
  if (owner_.faults_ && missing) {
    owner_.faults_->add(owner_.table_ ? owner_.table_->origin() : Origin{},
                        cat(owner_.path(info.name), " is missing (", info.sentence, ")"),
                        cat("give it as ", info.name, " = ..."));
  }
  return *this;
}

}  // namespace clipwork
