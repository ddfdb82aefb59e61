#include "base/patterns.h"

#include <clipwork/error.h>
#include <re2/re2.h>

namespace clipwork {

namespace {

/// Memory for a compiled expression and the states of its search: four times what one of
/// `kLongestPattern` letters takes.
constexpr int64_t kPatternMemory = 1 << 20;

std::vector<std::string> texts_of(const std::vector<std::pair<std::string, double>>& factors) {
  std::vector<std::string> texts;
  for (const auto& [text, factor] : factors) texts.push_back(text);
  return texts;
}

/// RE2's form of a replacement: `\1` for `$1`.
std::string rewrite_of(std::string_view replacement) {
  std::string rewrite;
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    const char next = i + 1 < replacement.size() ? replacement[i + 1] : '\0';
    if (c == '\\') {
      rewrite += "\\\\";
    } else if (c == '$' && next >= '1' && next <= '9') {
      rewrite += {'\\', next};
      ++i;
    } else if (c == '$' && (next == '&' || next == '$')) {
      rewrite += next == '&' ? "\\0" : "$";
      ++i;
    } else {
      rewrite += c;
    }
  }
  return rewrite;
}

}  // namespace

std::string Pattern::fault_of(const std::string& text) {
  try {
    Pattern(text, {});
  } catch (const InputError& error) {
    return error.problem();
  }
  return {};
}

Pattern::Pattern(const std::string& text, const std::string& where) {
  if (text.size() > kLongestPattern) {
    throw InputError(cat("a regular expression of ", text.size(), " bytes is too long"), where,
                     cat("the limit is ", kLongestPattern));
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  expression_ = std::make_shared<const RE2>(text, options);
  if (!expression_->ok()) {
    throw InputError(cat("'", text, "' is not a regular expression: ", expression_->error()),
                     where);
  }
}

bool Pattern::found_in(std::string_view name) const {
  return RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), *expression_);
}

std::string Pattern::replaced(std::string name, const std::string& replacement,
                              const std::string& where) const {
  const std::string rewrite = rewrite_of(replacement);
  std::string unused;
  if (!expression_->CheckRewriteString(rewrite, &unused)) {
    throw InputError(cat("the replacement '", replacement, "' of '", expression_->pattern(),
                         "' names a group that the expression does not have"),
                     where);
  }
  RE2::GlobalReplace(&name, *expression_, rewrite);
  return name;
}

Patterns::Patterns(const std::vector<std::string>& texts, std::string where)
    : where_(std::move(where)) {
  for (const std::string& text : texts) entries_.push_back({text, Pattern(text, where_)});
}

bool Patterns::any(const std::string& name) {
  bool found = false;
  for (Entry& entry : entries_) {
    if (entry.pattern.found_in(name)) entry.used = found = true;
  }
  return found;
}

std::optional<size_t> Patterns::first(const std::string& name) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].pattern.found_in(name)) continue;
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
