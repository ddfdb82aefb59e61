#include "cli/process_settings.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <clipwork/host/log.h>
#include <clipwork/host/threads.h>
#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <string>

namespace clipwork::cli {
namespace {

/// Prints each of LibTorch's warnings once, in this program's format.
class Warnings : public c10::WarningHandler {
 public:
  void process(const c10::Warning& warning) override {
    if (seen_.insert(warning.msg()).second) log_warn("LibTorch: ", warning.msg());
  }

 private:
  std::set<std::string> seen_;
};

}  // namespace

void prepare_process() {
  // Without a limit, oneDNN keeps a gigabyte of kernels after some hundred frame sizes.
  setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32", /*overwrite=*/0);
  // Threads that come and go would leave their arenas' memory behind.
  mallopt(M_ARENA_MAX, 4);
  at::set_num_interop_threads(1);
  if (automatic_threads() < at::get_num_threads()) at::set_num_threads(automatic_threads());
  // A file that reaches its size limit is an error like a full disk.
  signal(SIGXFSZ, SIG_IGN);
  // Leaked: warnings may come until the very end.
  c10::WarningUtils::set_warning_handler(new Warnings);
}

}  // namespace clipwork::cli
