#pragma once
// What the build under test was configured with, so that projects outside are built alike.

#include <regex>
#include <string>

#include "support.h"

namespace clipwork::test {

/// The value of a variable in CMake's cache; empty where it has none.
inline std::string cached(const std::string& variable) {
  const std::string text = read_file(build_dir() / "CMakeCache.txt");
  std::smatch match;
  const std::regex line("(^|\n)" + variable + ":[A-Z]+=([^\n]*)");
  return std::regex_search(text, match, line) ? match[2].str() : std::string();
}

}  // namespace clipwork::test
