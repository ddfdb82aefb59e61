#include "training/training_mode.h"

#include <clipwork/host/checkpoint.h>
#include <clipwork/module.h>

#include <functional>
#include <regex>

namespace clipwork {

namespace {

/// Regular expressions of one parameter of the section; remembers which found anything.
class Patterns {
 public:
  Patterns(const std::vector<std::string>& texts, const char* parameter) : parameter_(parameter) {
    for (const std::string& text : texts) {
      try {
        entries_.push_back({text, std::regex(text), false});
      } catch (const std::regex_error& error) {
        throw InputError(cat("'", text, "' is not a regular expression: ", error.what()),
                         cat("train.", parameter));
      }
    }
  }
  bool empty() const { return entries_.empty(); }
  bool find(const std::string& name) {
    bool found = false;
    for (Entry& entry : entries_) {
      if (!std::regex_search(name, entry.pattern)) continue;
      entry.used = found = true;
    }
    return found;
  }
  void check_used(const char* what) const {
    for (const Entry& entry : entries_) {
      if (entry.used) continue;
      throw InputError(cat("no ", what, "'s name matches '", entry.text, "'"),
                       cat("train.", parameter_));
    }
  }

 private:
  struct Entry {
    std::string text;
    std::regex pattern;
    bool used;
  };
  std::vector<Entry> entries_;
  const char* parameter_;
};

}  // namespace

void set_training(const std::vector<Component*>& components, const TrainSection& section) {
  Patterns only(section.only, "only"), freeze(section.freeze, "freeze");
  Patterns evaluate(section.evaluate, "evaluate");
  for (Component* component : components) {
    component->weights()->train();
    std::string prefix = component->weight_names().prefix;
    if (prefix.ends_with('.')) prefix.pop_back();
    for (const auto& entry : component->weights()->named_modules(prefix, false)) {
      if (evaluate.find(entry.key())) entry.value()->eval();
    }
    for (NamedParameter& parameter : named_parameters(*component)) {
      if (parameter.buffer) continue;
      bool frozen = freeze.find(parameter.name);
      bool trained = only.empty() || only.find(parameter.name);
      parameter.value.set_requires_grad(trained && !frozen);
    }
  }
  only.check_used("parameter");
  freeze.check_used("parameter");
  evaluate.check_used("module");
}

}  // namespace clipwork
