#pragma once
// A verb of the program: one file each, thin. It parses, calls core, prints.

#include <string>
#include <vector>

namespace clipwork::cli {

struct Verb {
  const char* name;
  const char* sentence;
  /// `arguments` are those behind the verb. Gives the exit code; errors are thrown.
  int (*run)(const std::vector<std::string>& arguments);
};

}  // namespace clipwork::cli
