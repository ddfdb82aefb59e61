#pragma once
// Errors as people meet them: what happened, where, and what to do.

#include <clipwork/api.h>

#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// The exit status of a program that ends with this error.
enum class ExitCode { done = 0, failed = 1, bad_input = 2, check_failed = 3, interrupted = 130 };

/// An error with a place and an advice. `what()` is "where: problem; advice".
class CLIPWORK_API Error : public std::exception {
 public:
  explicit Error(std::string problem, std::string where = {}, std::string advice = {},
                 ExitCode code = ExitCode::failed);
  Error(const Error&);
  Error& operator=(const Error&);
  ~Error() override;

  const char* what() const noexcept override;
  const std::string& problem() const { return problem_; }
  const std::string& where() const { return where_; }
  const std::string& advice() const { return advice_; }
  ExitCode code() const { return code_; }

  /// Puts an outer place ("video 3", "tracker 'iou'") before the one that is known.
  void within(std::string_view outer);

 private:
  std::string problem_, where_, advice_, text_;
  ExitCode code_;
  void compose();
};

/// Wrong use or bad input: arguments, a config, a file that is missing or broken. Exit code 2.
class CLIPWORK_API InputError : public Error {
 public:
  explicit InputError(std::string problem, std::string where = {}, std::string advice = {});
  InputError(const InputError&);
  ~InputError() override;
};

/// The values' text one after the other, as `operator<<` prints them.
template <class... Values>
std::string cat(const Values&... values) {
  std::ostringstream text;
  (text << ... << values);
  return text.str();
}

/// The candidate nearest to a misspelt `word` (Levenshtein distance), or "" when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace clipwork
