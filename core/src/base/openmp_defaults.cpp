#include "base/openmp_defaults.h"

#include <sys/single_threaded.h>

#include <cstdlib>

// libclipwork_openmp.so, a library of its own: the OpenMP runtime reads its environment once, when
// the dynamic linker initialises it, which is before any code of LibTorch, libclipwork.so or a
// program runs. Of libraries that do not need each other, the linker initialises first what it
// loaded last. libclipwork.so therefore names the runtime before this library, and this library
// needs neither of them (core/CMakeLists.txt).

bool clipwork_chose_spin_count = false;

namespace {

/// Steps for which a thread that has nothing to do asks again before it sleeps; the runtime's own
/// default is 300,000, several milliseconds. On a machine with other work, a spinning thread takes
/// the core that the thread it waits for would run on (benchmarks/threads.py).
constexpr const char* kSpinCount = "1000";

__attribute__((constructor)) void choose_spin_count() {
  // Threads of a program that loads Clipwork later may be reading the environment.
  if (!__libc_single_threaded) return;
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  clipwork_chose_spin_count = ::setenv("GOMP_SPINCOUNT", kSpinCount, /*replace=*/1) == 0;
}

}  // namespace
