// clipwork plugins list, lock and verify

#include <clipwork/error.h>
#include <clipwork/host/inspect.h>
#include <clipwork/host/plugin_lock.h>
#include <clipwork/host/registry.h>
#include <clipwork/output_file.h>
#include <clipwork/text.h>

#include <iostream>

#include "cli/options.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

int list(const std::vector<std::string>& arguments) {
  bool markdown = false, json = false;
  Options options("clipwork plugins list",
                  "Lists the plugins in the search path with their versions and states, without "
                  "running any of\n"
                  "their code.");
  options.plugins()
      .flag("markdown", &markdown, "print Markdown")
      .flag("json", &json, "print JSON, including how each was built")
      .example("clipwork plugins list", "lists the installed plugins")
      .example("clipwork plugins list --plugin-path ./build --json",
               "lists also your own, as JSON");
  if (!options.parse(arguments)) return 0;
  const PageForm form = json ? PageForm::json : markdown ? PageForm::markdown : PageForm::text;
  std::cout << plugin_list(Registry::examine_search_path(options.plugin_folders()), form);
  return 0;
}

constexpr const char* kLockFile = "plugins.lock";

int lock(const std::vector<std::string>& arguments) {
  std::optional<std::string> file;
  Options options("clipwork plugins lock",
                  "Writes the names, versions and SHA-256 of the plugins in the search path, "
                  "without running any of\ntheir code.");
  options.argument("FILE", &file, "the file to write (default: plugins.lock)")
      .plugins()
      .example("clipwork plugins lock", "writes plugins.lock")
      .example("CLIPWORK_PLUGIN_LOCK=$PWD/plugins.lock clipwork eval mine.toml --out evaluation",
               "loads no other plugins than these");
  if (!options.parse(arguments)) return 0;
  const std::string out = file.value_or(kLockFile);
  const std::string text =
      plugin_lock_text(Registry::examine_search_path(options.plugin_folders()));
  write_file(out, text);
  std::cout << out << ": " << counted(static_cast<int64_t>(read_plugin_lock(out).size()), "plugin")
            << "\n";
  return 0;
}

int verify(const std::vector<std::string>& arguments) {
  std::optional<std::string> file;
  Options options("clipwork plugins verify",
                  "Compares the plugins in the search path with those of a lock file, without "
                  "running any of their code.\nExit code 3 if they differ.");
  options
      .argument("FILE", &file, "a file that `clipwork plugins lock` wrote (default: plugins.lock)")
      .plugins()
      .example("clipwork plugins verify", "compares with plugins.lock");
  if (!options.parse(arguments)) return 0;
  const std::string path = file.value_or(kLockFile);
  const std::vector<LockedPlugin> locked = read_plugin_lock(path);
  const std::vector<std::string> differences =
      lock_differences(locked, Registry::examine_search_path(options.plugin_folders()));
  for (const std::string& line : differences) std::cout << line << "\n";
  if (differences.empty()) {
    std::cout << counted(static_cast<int64_t>(locked.size()), "plugin") << " as in " << path
              << "\n";
  }
  return static_cast<int>(differences.empty() ? ExitCode::done : ExitCode::check_failed);
}

int run(const std::vector<std::string>& arguments) {
  VerbGroup group{"clipwork plugins",
                  "Plugins are shared libraries with components; docs/plugins.md describes how "
                  "they are found and checked.",
                  {{"list", "lists the plugins in the search path", list},
                   {"lock", "writes their SHA-256 into a file", lock},
                   {"verify", "compares them with such a file", verify}},
                  {{"clipwork plugins list", "lists the installed plugins"},
                   {"clipwork plugins list --plugin-path ./build", "lists also your own"}}};
  return dispatch(group, arguments);
}

}  // namespace

const Verb kPlugins = {"plugins", "lists, locks and verifies plugins", run};

}  // namespace clipwork::cli
