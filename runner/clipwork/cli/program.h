#pragma once
// The program without its process: what `main` runs, and tests.

#include <string>
#include <vector>

namespace clipwork::cli {

/// Runs the program with these arguments (without its own name): results to standard output, errors
/// as one block to standard error. Gives the exit code; throws nothing.
int run_program(const std::vector<std::string>& arguments);

}  // namespace clipwork::cli
