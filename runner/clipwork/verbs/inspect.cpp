// clipwork inspect: components, their parameters and contracts; what a plugin file is.

#include <clipwork/host/inspect.h>
#include <clipwork/host/registry.h>
#include <clipwork/text.h>

#include <clipwork/error.h>

#include <filesystem>
#include <iostream>
#include <set>

#include "cli/options.h"
#include "measure/probe.h"
#include "verbs/verbs.h"

namespace fs = std::filesystem;

namespace clipwork::cli {
namespace {

int inspect_file(const std::string& file, PageForm form, double seconds) {
  PluginInfo info = Registry::examine(file);
  if (info.refusal.empty()) {
    runs::Probe probe = runs::probe_plugin(info.file, form, seconds);
    if (probe.failure.empty()) {
      std::cout << probe.page;
      return probe.refused ? static_cast<int>(ExitCode::bad_input) : 0;
    }
    info.refusal = probe.failure;
  }
  std::cout << plugin_page(info, form);
  return static_cast<int>(ExitCode::bad_input);
}

void inspect_list(const std::string& kind, PageForm form) {
  Registry& registry = Registry::instance();
  std::vector<const ComponentInfo*> found = registry.components(kind);
  if (!kind.empty() && found.empty()) {
    std::set<std::string> kinds;
    for (const ComponentInfo* info : registry.components()) kinds.insert(info->kind);
    std::vector<std::string> names(kinds.begin(), kinds.end());
    const std::string near = nearest(kind, names);
    throw InputError(cat("there are no components of kind '", kind, "'"), {},
                     cat(near.empty() ? "" : cat("did you mean '", near, "'? "),
                         "kinds with components: ", names.empty() ? "none" : join(names)));
  }
  std::cout << component_list(found, form);
}

void inspect_name(const std::string& name, PageForm form) {
  Registry& registry = Registry::instance();
  std::vector<const ComponentInfo*> found;
  std::vector<std::string> names;
  for (const ComponentInfo* info : registry.components()) {
    if (info->name == name || info->full_name() == name) found.push_back(info);
    names.push_back(name.find('/') == name.npos ? info->name : info->full_name());
  }
  for (const PluginInfo& plugin : registry.plugins()) {
    names.push_back(plugin.name);
    if (plugin.name == name && found.empty()) {
      std::cout << plugin_page(plugin, form);
      return;
    }
  }
  if (found.empty()) {
    std::string near = nearest(name, names);
    throw InputError(cat("unknown component or plugin '", name, "'"), {},
                     cat(near.empty() ? "" : cat("did you mean '", near, "'? "),
                         "`clipwork inspect` lists all; for a plugin's file, give its path"));
  }
  if (found.size() == 1) {
    std::cout << component_page(*found[0], form);
  } else if (form == PageForm::json) {
    std::cout << component_list(found, form);
  } else {
    for (size_t i = 0; i < found.size(); ++i)
      std::cout << (i ? "\n" : "") << component_page(*found[i], form);
  }
}

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0] == runs::kProbeArgument)
    return runs::run_probe({arguments.begin() + 1, arguments.end()});
  std::optional<std::string> name, kind;
  std::vector<std::string> folders;
  bool markdown = false, json = false;
  double seconds = 30;
  Options options("clipwork inspect",
                  "Shows components with their parameters and contracts, and plugin files: how "
                  "they were built, and\n"
                  "why one cannot be loaded. A file is loaded in a separate process.");
  options
      .argument("NAME|FILE", &name,
                "a component (embedding, plugin/embedding), a plugin, or a plugin's file (default: "
                "all components)")
      .option("list", "KIND", &kind,
              "only list the components of this kind: backbone, decoder, tracker, ...")
      .option("plugin-path", "DIR", &folders, "a folder of plugins, searched first; repeatable")
      .option("time-limit", "SECONDS", &seconds, "time limit for loading a file (default: 30)")
      .flag("markdown", &markdown, "print Markdown, as in the reference pages")
      .flag("json", &json, "print JSON")
      .example("clipwork inspect --list tracker", "lists the trackers")
      .example("clipwork inspect embedding", "shows the parameters of a component")
      .example("clipwork inspect ./build/my_plugin.so",
               "shows the components of a plugin, or why it is refused");
  if (!options.parse(arguments)) return 0;
  if (json && markdown) throw InputError("--json and --markdown cannot be combined");
  if (name && kind) throw InputError("--list cannot be combined with a name");
  if (seconds <= 0) throw InputError("--time-limit expects a number above 0");
  PageForm form = json ? PageForm::json : markdown ? PageForm::markdown : PageForm::text;
  // A component's full name has a slash too, but no ending.
  if (name && name->ends_with(".so")) {
    if (!fs::exists(*name)) throw InputError("no such file", *name);
    return inspect_file(*name, form, seconds);
  }
  if (name && name->ends_with(".toml")) {
    throw InputError(cat("'", *name, "' is a config"), {},
                     cat("clipwork config show ", *name, " prints it"));
  }
  Registry::instance().load_search_path(folders);
  if (name) {
    inspect_name(*name, form);
  } else {
    inspect_list(kind.value_or(""), form);
  }
  return 0;
}

}  // namespace

const Verb kInspect = {"inspect", "shows components, their parameters, and plugin files", run};

}  // namespace clipwork::cli
