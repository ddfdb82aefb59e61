#include "base/patterns.h"

#include <clipwork/error.h>

namespace clipwork {

namespace {

std::vector<std::string> texts_of(const std::vector<std::pair<std::string, double>>& factors) {
  std::vector<std::string> texts;
  for (const auto& [text, factor] : factors) texts.push_back(text);
  return texts;
}

}  // namespace

std::regex regular_expression(const std::string& text, const std::string& where) {
  try {
    return std::regex(text);
  } catch (const std::regex_error& error) {
    throw InputError(cat("'", text, "' is not a regular expression: ", error.what()), where);
  }
}

Patterns::Patterns(const std::vector<std::string>& texts, std::string where)
    : where_(std::move(where)) {
  for (const std::string& text : texts)
    entries_.push_back({text, regular_expression(text, where_)});
}

bool Patterns::any(const std::string& name) {
  bool found = false;
  for (Entry& entry : entries_) {
    if (std::regex_search(name, entry.pattern)) entry.used = found = true;
  }
  return found;
}

std::optional<size_t> Patterns::first(const std::string& name) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!std::regex_search(name, entries_[i].pattern)) continue;
    entries_[i].used = true;
    return i;
  }
  return {};
}

void Patterns::check_used(const std::string& kind, const std::string& advice) const {
  for (const Entry& entry : entries_) {
    if (entry.used) continue;
    throw InputError(cat("no ", kind, "'s name matches '", entry.text, "'"), where_, advice);
  }
}

Factors::Factors(const std::vector<std::pair<std::string, double>>& factors, std::string where)
    : patterns_(texts_of(factors), std::move(where)) {
  for (const auto& [text, factor] : factors) factors_.push_back(factor);
}

double Factors::of(const std::string& name) {
  const std::optional<size_t> found = patterns_.first(name);
  return found ? factors_[*found] : 1;
}

void Factors::check_used(const std::string& kind, const std::string& advice) const {
  patterns_.check_used(kind, advice);
}

}  // namespace clipwork
