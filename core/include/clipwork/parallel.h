#pragma once
// Loops over LibTorch's threads.

#include <cstdint>
#include <functional>

// at::parallel_for is an inline template that is silently serial in a file compiled without OpenMP,
// and the linker may keep that copy for the whole process. clang's -fopenmp=libgomp, the only form
// that fits LibTorch's runtime, leaves _OPENMP undefined.
#if !defined(_OPENMP) && !defined(__clang__)
#error "Clipwork code is compiled with OpenMP: link clipwork::clipwork, or add -fopenmp"
#endif

namespace clipwork {

/// Calls `body(first, last)` for pieces of [begin, end) that together cover it once, on LibTorch's
/// threads. A piece has at least `grain` steps, so a short range stays on the calling thread, as
/// does a loop inside a loop. An exception of a piece is thrown again here.
void parallel_for(int64_t begin, int64_t end, int64_t grain,
                  const std::function<void(int64_t first, int64_t last)>& body);

/// The calling thread's loops use this many threads from now on; other threads keep theirs. Threads
/// that read, draw or write use one, so that they do not take the models' cores.
/// (at::set_num_threads also changes what threads that start later get, and MKL for all of them.)
void set_threads_here(int threads);

}  // namespace clipwork
