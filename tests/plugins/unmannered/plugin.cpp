// Busy with what belongs to the whole process.
#include <ATen/Parallel.h>
#include <immintrin.h>
#include <signal.h>

#include <clocale>

#include "../nothing.h"
CLIPWORK_PLUGIN(unmannered, "1.0.0") {
  // Denormals off, as linking with -ffast-math has it, which a note cannot know.
  _mm_setcsr(_mm_getcsr() | 0x8040);
  std::setlocale(LC_ALL, "C.UTF-8");
  signal(SIGTERM, SIG_IGN);
  at::set_num_threads(at::get_num_threads() + 1);
  registry.add<Nothing<NoParameters>>("unmannered", "links nothing");
}
