#include "cli/abnormal_end.h"

#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/host/running_code.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "show/run_folder.h"

namespace clipwork::cli {
namespace {

std::atomic<bool> ends_normally = false;

/// Runs in the thread that called exit().
void end_by_exit() {
  if (ends_normally) return;
  try {
    const CodeOwner* owner = running_code();
    const Error error("ended the program by calling exit()",
                      owner ? owner->text() : "code of a plugin",
                      "components report errors by throwing clipwork::Error");
    log(LogLevel::error, error.what());
    runs::RunFolder::abandon_all(error.what());
    std::fflush(nullptr);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
  }
  std::_Exit(static_cast<int>(ExitCode::failed));
}

/// In a signal handler: no allocation, no stream.
void print(const char* text) {
  const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
  static_cast<void>(written);
}

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "SIGABRT";
  }
}

void print_if(const char* before, const char* text, const char* after) {
  if (!*text) return;
  print(before);
  print(text);
  print(after);
}

/// The handler was reset when it was called: raised again, the signal ends the process.
void report_crash(int signal) {
  print("error: the program crashed (");
  print(name_of(signal));
  print(")");
  if (const CodeOwner* owner = running_code()) {
    print(" in ");
    print_if("", owner->kind, "");
    print_if(" '", owner->component, "'");
    print_if(*owner->component ? " of plugin '" : "plugin '", owner->plugin, "'");
    print_if(" ", owner->version, "");
    print_if(" (", owner->file, ")");
  }
  print("\n");
  ::raise(signal);
}

}  // namespace

void report_abnormal_ends() {
  std::atexit(end_by_exit);
#ifndef __SANITIZE_ADDRESS__
  // Of its own, because a crash may have used up the thread's stack.
  alignas(16) static char stack[1 << 15];
  const stack_t alternative{stack, 0, sizeof stack};
  ::sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_handler = report_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    ::sigaction(signal, &action, nullptr);
  }
#endif
}

void end_normally() { ends_normally = true; }

}  // namespace clipwork::cli
