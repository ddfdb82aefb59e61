#include <cstdio>
#include <cstdlib>

#include "cli/abnormal_end.h"
#include "cli/process_settings.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  clipwork::cli::prepare_process();
  clipwork::cli::report_abnormal_ends();
  const int code = clipwork::cli::run_program({argv + 1, argv + argc});
  std::fflush(nullptr);
#ifdef __SANITIZE_ADDRESS__
  clipwork::cli::end_normally();
  return code;  // Leaks are looked for at the end of a process.
#else
  // LibTorch's static destructors take a third of a short run, and write nothing.
  std::_Exit(code);
#endif
}
