#pragma once
// Lists of regular expressions that are searched in names.

#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// Throws InputError at `where` for what is not a regular expression.
std::regex regular_expression(const std::string& text, const std::string& where);

/// Regular expressions, each of which remembers whether it was found in any name.
class Patterns {
 public:
  /// `where` is the parameter that has them ("train.freeze"). Throws InputError at it for what is
  /// not a regular expression.
  Patterns(const std::vector<std::string>& texts, std::string where);
  bool empty() const { return entries_.empty(); }
  /// Whether any is found in the name; all that are count as used.
  bool any(const std::string& name);
  /// The index of the first that is found in the name, which alone counts as used.
  std::optional<size_t> first(const std::string& name);
  /// Throws InputError where one was found in no name of a `kind` ("parameter").
  void check_used(const std::string& kind, const std::string& advice = {}) const;

 private:
  struct Entry {
    std::string text;
    std::regex pattern;
    bool used = false;
  };
  std::vector<Entry> entries_;
  std::string where_;
};

/// Patterns with a factor each.
class Factors {
 public:
  Factors(const std::vector<std::pair<std::string, double>>& factors, std::string where);
  /// The factor of the first pattern that is found in the name; 1 where none is.
  double of(const std::string& name);
  void check_used(const std::string& kind, const std::string& advice = {}) const;

 private:
  Patterns patterns_;
  std::vector<double> factors_;
};

}  // namespace clipwork
