// Does in its entry what CLIPWORK_MISBEHAVE says.
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
  if (how == "segfault") *static_cast<volatile int*>(nullptr) = 1;
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
