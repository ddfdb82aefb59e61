#pragma once
// Regular expressions that are searched in names: RE2's syntax, and time linear in the name.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace clipwork {

/// A longer expression is refused.
inline constexpr size_t kLongestPattern = 4096;  // bytes
/// A list of more expressions is refused.
inline constexpr size_t kMostPatterns = 1000;

/// A regular expression.
class Pattern {
 public:
  /// Throws InputError at `where` ("train.freeze") if the text is not a regular expression, or too
  /// large.
  Pattern(const std::string& text, const std::string& where);
  /// The reason why the text is not accepted, in words; empty if it is.
  static std::string fault_of(const std::string& text);
  /// Whether it matches any part of the name.
  bool found_in(std::string_view name) const;
  /// The name with every match replaced. In the replacement, `$1` to `$9` are groups, `$&` is the
  /// whole match, and `$$` a dollar sign. Throws InputError at `where` for a group that the
  /// expression does not have.
  std::string replaced(std::string name, const std::string& replacement,
                       const std::string& where) const;

 private:
  std::shared_ptr<const re2::RE2> expression_;
};

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
    Pattern pattern;
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
