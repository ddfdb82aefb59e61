// clipwork config show|list|check|diff

#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/host/json.h>
#include <clipwork/host/log.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/registry.h>

#include <iostream>
#include <optional>

#include "cli/model_options.h"
#include "cli/options.h"
#include "run/located_weights.h"
#include "verbs/holds_word.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

constexpr const char* kConfigArgument =
    "a config file, the folder of a run, or clipwork:NAME for an installed one";
constexpr const char* kJson = "print JSON";

void write_origins(JsonWriter& json, const Value& value, const std::string& path) {
  if (!value.is_table()) {
    json.member(path, value.origin().text());
    return;
  }
  for (const Value::Member& member : *value.table_members()) {
    write_origins(json, member.value, cat(path, path.empty() ? "" : ".", toml_key(member.key)));
  }
}

/// Finds all faults of a config, up to those that assembly would find.
void find_faults(const std::string& file, const std::vector<Override>& overrides, Faults& faults) {
  const std::optional<Config> config = load_config(file, overrides, faults);
  if (config) faults.add(plan_pipeline(runs::with_located_weights(*config)).faults_for_training());
}

int show(const std::vector<std::string>& arguments) {
  std::string file;
  bool as_json = false;
  Options options(
      "clipwork config show",
      "Prints the resolved config, including defaults: TOML that can be loaded again, each value\n"
      "with its origin.");
  options.argument("CONFIG", &file, kConfigArgument)
      .plugins()
      .flag("json", &as_json, kJson)
      .example("clipwork config show clipwork:demo/minvis.toml", "prints an installed config")
      .example("clipwork config show a.toml --set model.tracker.buffer=3 > b.toml",
               "merges a config, its parents and a change into one file");
  if (!options.parse(arguments)) return 0;
  Registry::instance().load_search_path(options.plugin_folders());
  const Config config =
      plan_pipeline(runs::with_located_weights(load_config(file, options.overrides()))).resolved;
  if (!as_json) {
    std::cout << config.toml(true);
    return 0;
  }
  JsonWriter json;
  json.begin_object();
  json.member("files", config.files());
  json.member("config", config.tree());
  json.begin_object("origins");
  write_origins(json, config.tree(), "");
  json.end_object();
  json.end_object();
  std::cout << json.take() << "\n";
  return 0;
}

int check(const std::vector<std::string>& arguments) {
  std::vector<std::string> files;
  bool as_json = false;
  Options options(
      "clipwork config check",
      "Reports all errors in configs and in the files that they extend, without running anything.\n"
      "Exit code 2 if there are any.");
  options.argument("CONFIG", &files, kConfigArgument)
      .plugins()
      .flag("json", &as_json, kJson)
      .example("clipwork config check clipwork:minvis/tiny.toml", "checks one config")
      .example("clipwork config check configs/minvis/*.toml", "checks several")
      .example("clipwork config check a.toml --plugin-path build", "checks one with plugins");
  if (!options.parse(arguments)) return 0;
  Registry::instance().load_search_path(options.plugin_folders());
  Faults faults;
  for (const std::string& file : files) {
    size_t before = faults.size();
    find_faults(file, options.overrides(), faults);
    if (!as_json && faults.size() == before) std::cout << file << ": no faults\n";
  }
  if (!as_json) {
    faults.raise();
    return 0;
  }
  JsonWriter json;
  json.begin_array();
  for (const Faults::Fault& fault : faults.sorted()) {
    json.begin_object();
    json.member("file", fault.origin.file);
    json.member("line", fault.origin.line);
    json.member("column", fault.origin.column);
    json.member("problem", fault.problem);
    json.member("advice", fault.advice);
    json.end_object();
  }
  json.end_array();
  std::cout << json.take() << "\n";
  return static_cast<int>(faults.empty() ? ExitCode::done : ExitCode::bad_input);
}

int diff(const std::vector<std::string>& arguments) {
  std::string here, there;
  std::vector<std::string> sets_of_other;
  bool as_json = false;
  Options options(
      "clipwork config diff",
      "Prints the differences between two resolved configs, each value with its origin.");
  options.argument("CONFIG", &here, kConfigArgument)
      .argument("OTHER", &there, "the config to compare with")
      .option("set-other", "KEY=VALUE", &sets_of_other,
              "override a value of OTHER alone, where --set is for both; repeatable")
      .flag("json", &as_json, kJson)
      .example("clipwork config diff clipwork:minvis/tiny.toml clipwork:novis/tiny.toml",
               "compares two configs")
      .example("clipwork config diff results/monday results/tuesday",
               "compares the configs of two runs")
      .example("clipwork config diff a.toml a.toml --set-other model.tracker.type=iou",
               "shows everything that another tracker changes in a config");
  if (!options.parse(arguments)) return 0;
  std::vector<Override> of_other = options.overrides();
  for (const std::string& set : sets_of_other) of_other.emplace_back(set, "--set-other");
  std::vector<Difference> found =
      differences(load_config(here, options.overrides()), load_config(there, of_other));
  if (as_json) {
    JsonWriter json;
    auto side = [&](const char* name, const Value& value) {
      json.key(name);
      if (value.is_none()) {
        json.null();
        return;
      }
      json.begin_object();
      json.member("value", value);
      json.member("origin", value.origin().text());
      json.end_object();
    };
    json.begin_array();
    for (const Difference& one : found) {
      json.begin_object();
      json.member("path", one.path);
      side("here", one.here);
      side("there", one.there);
      json.end_object();
    }
    json.end_array();
    std::cout << json.take() << "\n";
    return 0;
  }
  auto line = [](const char* sign, const Value& value) {
    if (value.is_none()) {
      std::cout << "  " << sign << " not set\n";
    } else {
      std::cout << "  " << sign << " " << value.toml() << "  # " << value.origin().text() << "\n";
    }
  };
  for (const Difference& one : found) {
    std::cout << one.path << "\n";
    line("-", one.here);
    line("+", one.there);
  }
  if (found.empty()) log_info("the two configs resolve to the same values");
  return 0;
}

int list(const std::vector<std::string>& arguments) {
  std::optional<std::string> wanted;
  Options options("clipwork config list", "Lists the installed configs that can be run.");
  options.argument("WORD", &wanted, "only those with this word in their name")
      .example("clipwork config list", "lists all")
      .example("clipwork config list ovis", "lists those for OVIS");
  if (!options.parse(arguments)) return 0;
  size_t count = 0;
  for (const std::string& name : runnable_configs(installed_configs())) {
    if (wanted && !holds_word(name, *wanted)) continue;
    ++count;
    std::cout << "clipwork:" << name << "\n";
  }
  if (count == 0) {
    throw InputError(cat("no installed config has '", wanted.value_or(""), "' in its name"), {},
                     "`clipwork config list` lists all");
  }
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  VerbGroup group{"clipwork config",
                  "Configs are TOML files that extend each other; docs/config.md has the rules.",
                  {{"show", "prints a resolved config, each value with its origin", show},
                   {"list", "lists the installed configs", list},
                   {"check", "reports all errors in configs", check},
                   {"diff", "prints the differences between two resolved configs", diff}},
                  {{"clipwork config show clipwork:demo/minvis.toml", "prints an installed config"},
                   {"clipwork config check a.toml", "reports all errors in a config"}}};
  return dispatch(group, arguments);
}

}  // namespace

const Verb kConfig = {"config", "lists, shows, checks and compares configs", run};

}  // namespace clipwork::cli
