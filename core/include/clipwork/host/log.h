#pragma once
// Messages for people, on standard error. Results never go here.

#include <clipwork/error.h>

#include <string_view>

namespace clipwork {

enum class LogLevel { error, warn, info, debug };

/// Messages less urgent than `level` are not printed. `info` until it is set; below `info` no
/// progress is shown either.
void set_log_level(LogLevel level);
LogLevel log_level();

/// Prints one message, whole, from any thread, above a progress bar if there is one.
void log(LogLevel level, std::string_view text);

template <class... Values>
void log_values(LogLevel level, const Values&... values) {
  if (level <= log_level()) log(level, cat(values...));
}
template <class... Values>
void log_warn(const Values&... values) {
  log_values(LogLevel::warn, values...);
}
template <class... Values>
void log_info(const Values&... values) {
  log_values(LogLevel::info, values...);
}
template <class... Values>
void log_debug(const Values&... values) {
  log_values(LogLevel::debug, values...);
}

}  // namespace clipwork
