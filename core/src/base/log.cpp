#include <clipwork/host/log.h>
#include <clipwork/printable.h>

#include <atomic>
#include <cstdio>
#include <mutex>

#include "base/status_line.h"

namespace clipwork {
namespace {

constexpr const char* kEraseLine = "\r\033[K";

std::atomic<LogLevel> level_now{LogLevel::info};

/// Leaked, so that what is printed while the program ends finds it.
struct Terminal {
  std::mutex mutex;
  std::string status;
};
Terminal& terminal() {
  static auto* one = new Terminal;
  return *one;
}

/// Every line but the first indented, where it is not.
std::string set_off(const std::string& text) {
  std::string lines;
  for (size_t i = 0; i < text.size(); ++i) {
    lines += text[i];
    if (text[i] == '\n' && i + 1 < text.size() && text[i + 1] != ' ') lines += "  ";
  }
  return lines;
}

void write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

void set_log_level(LogLevel level) { level_now = level; }
LogLevel log_level() { return level_now; }

void log(LogLevel level, std::string_view text) {
  if (level > log_level()) return;
  static constexpr const char* kPrefixes[] = {"error: ", "warning: ", "", "debug: "};
  // Text from files cannot begin a line that looks like a message of its own.
  std::string line = cat(kPrefixes[static_cast<int>(level)], set_off(printable(text)), "\n");
  std::lock_guard lock(terminal().mutex);
  const std::string& status = terminal().status;
  write(status.empty() ? line : cat(kEraseLine, line, status));
}

void set_status_line(const std::string& line) {
  std::lock_guard lock(terminal().mutex);
  if (line.empty() && terminal().status.empty()) return;
  terminal().status = printable(line);
  write(kEraseLine + terminal().status);
}

}  // namespace clipwork
