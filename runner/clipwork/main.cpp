#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <clipwork/error.h>
#include <clipwork/layout_hash.h>
#include <clipwork/log.h>
#include <clipwork/version.h>
#include <malloc.h>

#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "verb.h"

namespace clipwork::cli {
namespace {

/// What LibTorch warns about, once each, as a message of ours.
class Warnings : public c10::WarningHandler {
 public:
  void process(const c10::Warning& warning) override {
    if (seen_.insert(warning.msg()).second) log_warn("LibTorch: ", warning.msg());
  }

 private:
  std::set<std::string> seen_;
};

/// What must be set before anything computes.
void prepare_process() {
  // Without a limit, oneDNN keeps a gigabyte of kernels after some hundred frame sizes.
  setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32", /*overwrite=*/0);
  // Threads that come and go would leave their arenas' memory behind.
  mallopt(M_ARENA_MAX, 4);
  at::set_num_interop_threads(1);
  // Leaked: warnings may come until the very end.
  c10::WarningUtils::set_warning_handler(new Warnings);
}

void print_version() {
  std::cout << "Clipwork " << CLIPWORK_VERSION << "\nLibTorch " << CLIPWORK_TORCH_VERSION
            << "\nplugin layout " << std::hex << std::setw(16) << std::setfill('0')
            << CLIPWORK_LAYOUT_HASH << std::dec << "\n";
}

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0] == "--version") {
    print_version();
    return 0;
  }
  VerbGroup program{"clipwork",
                    "Clipwork: video instance segmentation from plugins and TOML files.",
                    verbs(),
                    {{"clipwork config show clipwork:demo/minvis.toml",
                      "prints an installed config, each value with where it came from"},
                     {"clipwork --version", "prints what this program was built with"}}};
  return dispatch(program, arguments);
}

int code(ExitCode code) { return static_cast<int>(code); }

int guarded(const std::vector<std::string>& arguments) {
  try {
    int result = run(arguments);
    if (!std::cout.flush())
      throw Error("standard output could not be written", {}, "is the disk full?");
    return result;
  } catch (const Error& error) {
    log(LogLevel::error, error.what());
    return code(error.code());
  } catch (const c10::Error& error) {
    log(LogLevel::error, cat("LibTorch: ", error.what_without_backtrace()));
    log_debug(error.what());
  } catch (const std::bad_alloc&) {
    log(LogLevel::error, "there is not enough memory");
  } catch (const std::exception& error) {
    log(LogLevel::error, error.what());
  } catch (...) {
    log(LogLevel::error, "something was thrown that is no error");
  }
  return code(ExitCode::failed);
}

}  // namespace

}  // namespace clipwork::cli

int main(int argc, char** argv) {
  clipwork::cli::prepare_process();
  return clipwork::cli::guarded({argv + 1, argv + argc});
}
