#include "cli/program.h"

#include <clipwork/error.h>
#include <clipwork/host/failure.h>
#include <clipwork/host/log.h>
#include <clipwork/layout_hash.h>
#include <clipwork/plugin_note.h>
#include <clipwork/version.h>

#include <iomanip>
#include <iostream>

#include "cli/printable_output.h"
#include "cli/verb.h"

namespace clipwork::cli {
namespace {

void print_version() {
  std::cout << "Clipwork " << CLIPWORK_VERSION << "\nLibTorch " << CLIPWORK_TORCH_VERSION
            << "\nplugins: ABI " << kAbiNumber << ", layout " << std::hex << std::setw(16)
            << std::setfill('0') << CLIPWORK_LAYOUT_HASH << std::dec << "\n";
}

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0] == "--version") {
    print_version();
    return 0;
  }
  return dispatch(program_verbs(), arguments);
}

int code(ExitCode code) { return static_cast<int>(code); }

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  const PrintableOutput output;
  try {
    int result = run(arguments);
    if (!std::cout.flush())
      throw Error("standard output could not be written", {}, "is the disk full?");
    return result;
  } catch (const std::exception& error) {
    const Error failure = failure_of(error);
    log(LogLevel::error, failure.what());
    return code(failure.code());
  } catch (...) {
    log(LogLevel::error, "an object was thrown that is not an error");
  }
  return code(ExitCode::failed);
}

}  // namespace clipwork::cli
