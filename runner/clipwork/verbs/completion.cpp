// clipwork completion

#include "cli/completion.h"

#include <clipwork/error.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/suggestion.h>

#include <iostream>

#include "cli/options.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

Shell shell_named(const std::string& name) {
  if (name == "bash") return Shell::bash;
  if (name == "zsh") return Shell::zsh;
  if (name == "fish") return Shell::fish;
  throw InputError(cat("expected bash, zsh or fish, found '", name, "'"), {},
                   did_you_mean(name, {"bash", "zsh", "fish"}));
}

int run(const std::vector<std::string>& arguments) {
  std::string shell;
  Options options("clipwork completion",
                  "Prints a script that completes verbs, options, files and installed configs in a "
                  "shell.\nInstallations bring it in the place where the shell looks.");
  options.argument("SHELL", &shell, "bash, zsh or fish")
      .example("source <(clipwork completion bash)", "completes in this bash")
      .example("clipwork completion fish > ~/.config/fish/completions/clipwork.fish",
               "completes in every fish");
  if (!options.parse(arguments)) return 0;
  std::vector<std::string> configs;
  for (const std::string& name : runnable_configs(installed_configs()))
    configs.push_back("clipwork:" + name);
  std::cout << completion_script(shell_named(shell), help_of_all_commands(), configs);
  return 0;
}

}  // namespace

const Verb kCompletion = {"completion", "prints a completion script for a shell", run};

}  // namespace clipwork::cli
