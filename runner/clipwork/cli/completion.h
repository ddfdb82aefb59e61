#pragma once
// Completion scripts of shells, made from the help of all commands.

#include <string>
#include <vector>

#include "cli/command_help.h"

namespace clipwork::cli {

enum class Shell { bash, zsh, fish };

/// A script for the shell. `configs` are the names that complete an argument CONFIG, beside files.
std::string completion_script(Shell shell, const std::vector<CommandHelp>& commands,
                              const std::vector<std::string>& configs);

}  // namespace clipwork::cli
