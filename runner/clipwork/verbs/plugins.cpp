// clipwork plugins list

#include <clipwork/host/inspect.h>
#include <clipwork/host/registry.h>

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

int run(const std::vector<std::string>& arguments) {
  VerbGroup group{"clipwork plugins",
                  "Plugins are shared libraries with components; docs/plugins.md describes how "
                  "they are found and checked.",
                  {{"list", "lists the plugins in the search path", list}},
                  {{"clipwork plugins list", "lists the installed plugins"},
                   {"clipwork plugins list --plugin-path ./build", "lists also your own"}}};
  return dispatch(group, arguments);
}

}  // namespace

const Verb kPlugins = {"plugins", "lists plugins", run};

}  // namespace clipwork::cli
