// clipwork new-plugin

#include <clipwork/error.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/text.h>

#include <filesystem>
#include <iostream>

#include "cli/options.h"
#include "verbs/plugin_template.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

int run(const std::vector<std::string>& arguments) {
  std::string name, kind, out = ".";
  Options options("clipwork new-plugin",
                  "Writes the project of a plugin: a component that works, a test of it, a config "
                  "that uses it, and\n"
                  "what is needed to build it outside Clipwork's source. It builds and its tests "
                  "pass as it is.");
  options
      .argument("NAME", &name,
                "the name of the plugin and of its component: lower-case letters, digits and '_'")
      .option("kind", "KIND", &kind,
              "the kind of the component: tracker, loss_term, decoder, ...; or kind, for a plugin "
              "that declares a kind of its own")
      .required()
      .option("out", "DIR", &out,
              "the folder in which the folder NAME is made (default: the current folder)")
      .example("clipwork new-plugin my_tracker --kind tracker",
               "writes the folder my_tracker with a tracker")
      .example("clipwork new-plugin focal --kind loss_term --out plugins",
               "writes plugins/focal with a term of losses");
  if (!options.parse(arguments)) return 0;
  const fs::path folder = (fs::path(out) / name).lexically_normal();
  // The name is what was typed, not a path.
  if (folder.filename() != name) {
    throw InputError(cat("'", name, "' cannot be the name of a plugin"), "NAME",
                     "give the folder with --out");
  }
  const std::vector<std::string> files =
      PluginTemplates(installed_configs().parent_path() / "templates/plugin").write(kind, folder);
  const fs::path prefix = fs::canonical("/proc/self/exe").parent_path().parent_path();
  std::cout << folder.string() << ": " << join(files) << "\n\nBuild and test it:\n"
            << "  cd " << folder.string() << "\n"
            << "  cmake -B build -DCMAKE_PREFIX_PATH=" << prefix.string() << "\n"
            << "  cmake --build build\n"
            << "  ctest --test-dir build --output-on-failure\n";
  return 0;
}

}  // namespace

const Verb kNewPlugin = {"new-plugin", "writes the project of a plugin", run};

}  // namespace clipwork::cli
