// Does in its entry what CLIPWORK_MISBEHAVE says.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "../nothing.h"
CLIPWORK_PLUGIN(misbehaves, "1.0.0") {
  const char* given = std::getenv("CLIPWORK_MISBEHAVE");
  const std::string_view how = given ? given : "";
  if (how == "abort") {
    std::fputs("last words\n", stderr);
    std::abort();
  }
  if (how == "segfault") {
    // A sanitizer would end the process with an exit code of its own.
    std::signal(SIGSEGV, SIG_DFL);
    std::raise(SIGSEGV);
  }
  if (how == "exit") std::exit(0);
  if (how == "loop") {
    for (volatile bool go_on = true; go_on;) {
    }
  }
  if (how == "noise") {
    while (std::puts("the same line, again and again, until somebody stops reading it") != EOF) {
    }
  }
  registry.add<Nothing<NoParameters>>("tame", "links nothing");
}
