#include <clipwork/error.h>

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

}  // namespace clipwork
