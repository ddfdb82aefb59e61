#pragma once
// A verb of the program: one file each, thin. It parses, calls core, prints.

#include <string>
#include <utility>
#include <vector>

namespace clipwork::cli {

struct Verb {
  const char* name;
  const char* sentence;
  /// `arguments` are those behind the verb. Gives the exit code; errors are thrown.
  int (*run)(const std::vector<std::string>& arguments);
};

/// A command that has verbs: the program itself, `clipwork config`.
struct VerbGroup {
  std::string command, sentence;
  std::vector<Verb> verbs;
  /// Command lines, each with what it does.
  std::vector<std::pair<std::string, std::string>> examples;
};

/// Runs the verb that the first argument names, or prints the group's help. Throws InputError for
/// an unknown verb, with the nearest.
int dispatch(const VerbGroup& group, const std::vector<std::string>& arguments);

/// The program with all its verbs (verbs.cpp).
const VerbGroup& program_verbs();

}  // namespace clipwork::cli
