#include <clipwork/error.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace clipwork {

Error::Error(std::string problem, std::string where, std::string advice, ExitCode code)
    : problem_(std::move(problem)),
      where_(std::move(where)),
      advice_(std::move(advice)),
      code_(code) {
  compose();
}
Error::Error(const Error&) = default;
Error& Error::operator=(const Error&) = default;
Error::~Error() = default;

const char* Error::what() const noexcept { return text_.c_str(); }

void Error::within(std::string_view outer) {
  where_ = where_.empty() ? std::string(outer) : cat(outer, ", ", where_);
  compose();
}

void Error::compose() {
  text_ = where_.empty() ? problem_ : cat(where_, ": ", problem_);
  if (!advice_.empty()) text_ += "; " + advice_;
}

InputError::InputError(std::string problem, std::string where, std::string advice)
    : Error(std::move(problem), std::move(where), std::move(advice), ExitCode::bad_input) {}
InputError::InputError(const InputError&) = default;
InputError::~InputError() = default;

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    // A candidate that the word abbreviates, or that continues it, is near however long it is.
    bool extends = word.size() >= 3 && (candidate.starts_with(word) || word.starts_with(candidate));
    size_t distance = extends ? 1 : edit_distance(word, candidate);
    bool shares_a_letter = distance < std::max(word.size(), candidate.size());
    if (distance < best_distance && shares_a_letter) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best ? *best : std::string();
}

}  // namespace clipwork
