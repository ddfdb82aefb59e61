// clipwork man

#include <clipwork/error.h>
#include <clipwork/output_file.h>

#include <filesystem>
#include <iostream>

#include "cli/man_page.h"
#include "cli/options.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

int run(const std::vector<std::string>& arguments) {
  std::string out;
  Options options("clipwork man",
                  "Writes the manual pages of all verbs, made from their help.\n"
                  "Installations have them: `man clipwork-run`.");
  options.option("out", "DIR", &out, "the folder for clipwork.1, clipwork-run.1, ...")
      .required()
      .example("clipwork man --out ~/.local/share/man/man1", "installs the pages for yourself");
  if (!options.parse(arguments)) return 0;
  std::filesystem::create_directories(out);
  for (const CommandHelp& command : help_of_all_commands()) {
    write_file(std::filesystem::path(out) / (man_page_name(command) + ".1"), man_page(command));
  }
  return 0;
}

}  // namespace

const Verb kMan = {"man", "writes the manual pages", run};

}  // namespace clipwork::cli
