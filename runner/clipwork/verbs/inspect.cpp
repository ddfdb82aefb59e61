// clipwork inspect: components, their parameters and contracts; what a plugin file is.

#include <clipwork/host/inspect.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/sections.h>
#include <clipwork/text.h>

#include <clipwork/error.h>
#include <clipwork/suggestion.h>

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
    throw InputError(
        cat("there are no components of kind '", kind, "'"), {},
        did_you_mean_or(kind, names,
                        "kinds with components: " + (names.empty() ? "none" : join(names))));
  }
  std::cout << component_list(found, form);
  if (!kind.empty() || form != PageForm::text) return;
  std::vector<std::pair<std::string, std::string>> rows;
  for (const SectionInfo& section : sections()) {
    rows.emplace_back("[" + section.name + "]", section.sentence);
  }
  std::cout << "\nsections of configs\n";
  print_columns(rows);
}

/// Prints a section; false if there is none of this name.
bool inspect_section(const std::string& name, PageForm form) {
  for (const SectionInfo& section : sections()) {
    if (section.name != name) continue;
    std::cout << section_page(name, section.sentence, section_parameters(name), form);
    if (form == PageForm::text && !section.parts.empty()) {
      std::cout << "\nit holds the components " << join(section.parts)
                << "; `clipwork inspect --list KIND` lists those of a kind\n";
    }
    return true;
  }
  return false;
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
    for (const SectionInfo& section : sections()) names.push_back(section.name);
    throw InputError(
        cat("unknown component, section or plugin '", name, "'"), {},
        did_you_mean_or(name, names,
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
  std::optional<std::string> name, kind;
  bool markdown = false, json = false;
  double seconds = 30;
  Options options("clipwork inspect",
                  "Shows components with their parameters and contracts, sections of configs, and "
                  "plugin files: how\n"
                  "they were built, and why one cannot be loaded. A file is loaded in a separate "
                  "process.");
  options
      .argument("NAME|FILE", &name,
                "a component (embedding, plugin/embedding), a section of configs (tracks), a "
                "plugin, or a plugin's file (default: all)")
      .option("list", "KIND", &kind,
              "only list the components of this kind: backbone, decoder, tracker, ...")
      .plugins()
      .option("time-limit", "SECONDS", &seconds, "time limit for loading a file (default: 30)")
      .flag("markdown", &markdown, "print Markdown, as in the reference pages")
      .flag("json", &json, "print JSON")
      .example("clipwork inspect --list tracker", "lists the trackers")
      .example("clipwork inspect embedding", "shows the parameters of a component")
      .example("clipwork inspect train", "shows the parameters of a section")
      .example("clipwork inspect ./build/my_plugin.so",
               "shows the components of a plugin, or why it is refused");
  if (!options.parse(arguments)) return 0;
  if (json && markdown) throw InputError("--json and --markdown cannot be combined");
  if (name && kind) throw InputError("--list cannot be combined with a name");
  constexpr double kLongestSeconds = 86'400;
  if (seconds <= 0 || seconds > kLongestSeconds) {
    throw InputError("--time-limit expects a number above 0 and up to a day");
  }
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
  if (name && inspect_section(*name, form)) return 0;
  Registry::instance().load_search_path(options.plugin_folders());
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
