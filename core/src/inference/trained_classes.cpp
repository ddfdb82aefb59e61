#include <clipwork/host/trained_classes.h>
#include <clipwork/text.h>
#include <clipwork/value.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "config/toml_reader.h"

namespace clipwork {
namespace {

/// Longer lists are not printed in messages.
constexpr size_t kShownClasses = 20;

/// Checkpoints of version 0.1 have the names between commas.
std::vector<std::string> split_at_commas(const std::string& text) {
  constexpr std::string_view kBetween = ", ";
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(kBetween, begin), text.size());
    names.push_back(text.substr(begin, end - begin));
    begin = end + kBetween.size();
  }
  return names;
}

std::string names_to_write(const Checkpoint& checkpoint, const std::vector<std::string>& trained) {
  if (trained.size() <= kShownClasses) return cat("classes.names = ", classes_fact(trained));
  return cat("the ", trained.size(), " names that `clipwork weights ", checkpoint.file.string(),
             "` prints as ", kClassesFact);
}

}  // namespace

std::string classes_fact(const std::vector<std::string>& names) {
  return Value(Value::Array(names.begin(), names.end())).toml();
}

std::vector<std::string> trained_classes(const Checkpoint& checkpoint) {
  const auto fact = checkpoint.metadata.find(kClassesFact);
  if (fact == checkpoint.metadata.end() || fact->second.empty()) return {};
  if (!fact->second.starts_with('[')) return split_at_commas(fact->second);
  Faults faults;
  const std::optional<Value> table =
      parse_toml(cat("names = ", fact->second), checkpoint.file.string(), faults);
  const Value* list = table ? table->find("names") : nullptr;
  if (!list || !list->array()) return {};
  std::vector<std::string> names;
  for (const Value& name : *list->array()) {
    if (!name.text()) return {};
    names.push_back(*name.text());
  }
  return names;
}

std::string plain_class_name(std::string name) {
  for (char& c : name) {
    c = c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

std::optional<ClassDifference> class_difference(const std::vector<std::string>& trained,
                                                const std::vector<std::string>& names) {
  if (trained.size() != names.size()) {
    return ClassDifference{.other_count = true,
                           .text = cat("it was trained on ", trained.size(),
                                       " classes, but the config has ", names.size())};
  }
  std::set<std::string> known;
  for (const std::string& name : trained) known.insert(plain_class_name(name));
  std::optional<ClassDifference> found;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name = plain_class_name(names[i]);
    if (name == plain_class_name(trained[i])) continue;
    if (!found) {
      found = ClassDifference{.index = i,
                              .text = cat("its class ", i + 1, " is '", trained[i], "', but class ",
                                          i + 1, " of the config is '", names[i], "'")};
    }
    found->reordered = found->reordered || known.contains(name);
  }
  return found;
}

void check_trained_classes(const Checkpoint& checkpoint, const ClassesSection& classes) {
  const std::vector<std::string> trained = trained_classes(checkpoint);
  if (trained.empty()) return;
  const auto difference = class_difference(trained, classes.names);
  if (!difference) return;
  const bool renamed = !difference->other_count && !difference->reordered;
  if (renamed && classes.renamed) return;
  std::string advice = cat("use the classes of the checkpoint in their order: ",
                           names_to_write(checkpoint, trained));
  if (!classes.ids.empty()) advice += "; classes.ids follow the same order";
  if (renamed) {
    advice += "; or, if these are the same classes under other names, classes.renamed = true";
  }
  throw InputError(cat(difference->text,
                       difference->reordered ? ", and the results would be labelled wrongly" : ""),
                   checkpoint.file.string(), advice);
}

}  // namespace clipwork
