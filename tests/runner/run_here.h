#pragma once
// The program in this process.

#include <gtest/gtest.h>
#include "cli/program.h"

#include <string>
#include <vector>

#include "support.h"

namespace clipwork::test {

using Words = std::vector<std::string>;

inline Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Runs the program with these arguments in this process; gives what it printed and returned.
inline ProgramResult run_here(const Words& arguments) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = cli::run_program(arguments);
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

}  // namespace clipwork::test
