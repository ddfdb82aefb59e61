#include <ATen/Parallel.h>
#include <clipwork/parallel.h>
#include <omp.h>

namespace clipwork {

// Out of line, so that a plugin's loops are parallel however the plugin was compiled.
void parallel_for(int64_t begin, int64_t end, int64_t grain,
                  const std::function<void(int64_t, int64_t)>& body) {
  at::parallel_for(begin, end, grain, body);
}

void set_threads_here(int threads) {
  at::get_num_threads();  // LibTorch sets a thread's number at its first question, and would do so
                          // over ours
  omp_set_num_threads(threads);
}

}  // namespace clipwork
