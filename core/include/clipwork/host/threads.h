#pragma once
// How many threads a process should compute with, and how they wait.

namespace clipwork {

/// The cores that this process can keep busy: those of its affinity mask, processors of one core
/// counted once, and no more than the processor time that its control groups (version 1 or 2)
/// grant, rounded up. At least 1.
int usable_cores();

/// The number of threads for loops where nobody gives one: LibTorch's, but at most usable_cores().
/// Where the environment gives it (OMP_NUM_THREADS, MKL_NUM_THREADS), LibTorch's alone.
int automatic_threads();

/// True if Clipwork chose how long the idle threads of a loop spin before they sleep: by
/// GOMP_SPINCOUNT, when the program was loaded. False if the environment had OMP_WAIT_POLICY or
/// GOMP_SPINCOUNT, or if the process had threads by then.
bool chose_spin_count();

}  // namespace clipwork
