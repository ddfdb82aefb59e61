#include "cli/command_help.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include <iostream>

#include "cli/options.h"
#include "cli/verb.h"

namespace clipwork::cli {
namespace {

/// Where help goes instead of standard output.
std::vector<CommandHelp>* collected = nullptr;

/// The help of a command, which verbs make when they are asked for it.
void collect(int (*run)(const std::vector<std::string>&), std::vector<std::string> words) {
  words.emplace_back("--help");
  const size_t place = collected->size();
  run(words);
  words.pop_back();
  const std::vector<CommandHelp::Row> verbs = collected->at(place).verbs;
  for (const CommandHelp::Row& verb : verbs) {
    words.push_back(verb.name);
    collect(run, words);
    words.pop_back();
  }
}

void print_part(const char* title, const std::vector<CommandHelp::Row>& rows, const char* dashes) {
  if (rows.empty()) return;
  std::cout << "\n" << title << ":\n";
  std::vector<std::pair<std::string, std::string>> columns;
  for (const CommandHelp::Row& row : rows) {
    columns.emplace_back(cat(dashes, row.name, row.word.empty() ? "" : " ", row.word),
                         row.sentence);
  }
  print_columns(columns);
}

}  // namespace

void show(const CommandHelp& help) {
  if (collected) {
    collected->push_back(help);
    return;
  }
  std::cout << "usage: " << help.usage << "\n\n" << help.sentence << "\n";
  print_part("verbs", help.verbs, "");
  if (!help.verbs.empty()) std::cout << "\n" << help.command << " VERB --help explains a verb.\n";
  print_part("arguments", help.arguments, "");
  print_part("options", help.options, "--");
  print_part("common options", help.common, "--");
  std::cout << "\nexamples:\n";
  for (const auto& [command_line, sentence] : help.examples)
    std::cout << "  " << command_line << "\n      " << sentence << "\n";
}

std::vector<CommandHelp> help_of_all_commands() {
  std::vector<CommandHelp> all;
  collected = &all;
  collect([](const std::vector<std::string>& words) { return dispatch(program_verbs(), words); },
          {});
  collected = nullptr;
  return all;
}

}  // namespace clipwork::cli
