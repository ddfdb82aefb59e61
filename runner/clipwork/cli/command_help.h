#pragma once
// The help of a command as a table: printed by --help, and made into completions and man pages.

#include <string>
#include <utility>
#include <vector>

namespace clipwork::cli {

struct CommandHelp {
  struct Row {
    std::string name;  ///< of an option without its dashes
    std::string word;  ///< its value, "FILE"; empty for a flag
    std::string sentence;
    bool is_list = false;  ///< may be repeated
  };
  std::string command;   ///< "clipwork config show"
  std::string usage;     ///< "clipwork config show CONFIG [OPTIONS]"
  std::string sentence;  ///< may have several lines
  std::vector<Row> verbs, arguments, options, common;
  /// Command lines, each with what it does.
  std::vector<std::pair<std::string, std::string>> examples;
};

/// Prints the help, unless it is collected.
void show(const CommandHelp& help);

/// The help of the program and of all its verbs, each before its own verbs.
std::vector<CommandHelp> help_of_all_commands();

}  // namespace clipwork::cli
