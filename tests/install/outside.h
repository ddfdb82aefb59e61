#pragma once
// What tests of installations and of projects outside the tree share.

#include <clipwork/error.h>
#include <clipwork/host/platform.h>

#include <filesystem>
#include <regex>
#include <string>

#include "support.h"

namespace clipwork::test {

inline std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

/// Runs a command that must succeed.
inline ProgramResult must_run(const std::string& command) {
  ProgramResult result = run_program(command);
  EXPECT_EQ(result.code, 0) << command << "\n" << result.output << result.errors;
  return result;
}

/// The folder that LibTorch of this process was unpacked into.
inline std::filesystem::path torch_folder() {
  for (const std::string& library : loaded_libraries()) {
    if (library.ends_with("/libtorch_cpu.so"))
      return std::filesystem::canonical(library).parent_path().parent_path();
  }
  return {};
}

/// The value of a variable in CMake's cache of the build under test, so that projects outside are
/// built alike; empty where it has none.
inline std::string cached(const std::string& variable) {
  const std::string text = read_file(build_dir() / "CMakeCache.txt");
  std::smatch match;
  const std::regex line("(^|\n)" + variable + ":[A-Z]+=([^\n]*)");
  return std::regex_search(text, match, line) ? match[2].str() : std::string();
}

}  // namespace clipwork::test
