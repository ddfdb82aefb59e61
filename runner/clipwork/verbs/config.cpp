// clipwork config show|check|diff

#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/log.h>
#include <clipwork/host/plan.h>

#include <iostream>
#include <optional>

#include "cli/json.h"
#include "cli/options.h"
#include "cli/verb.h"

namespace clipwork::cli {
namespace {

constexpr const char* kConfigArgument =
    "a config file, the folder of a run, or clipwork:NAME for an installed one";
constexpr const char* kJson = "print JSON";

void write_origins(Json& json, const Value& value, const std::string& path) {
  if (!value.is_table()) {
    write(json, path);
    write(json, value.origin().text());
    return;
  }
  for (const Value::Member& member : *value.table_members()) {
    write_origins(json, member.value, cat(path, path.empty() ? "" : ".", toml_key(member.key)));
  }
}

/// Finds all faults of a config, up to those that assembly would find.
void find_faults(const std::string& file, const std::vector<Override>& overrides, Faults& faults) {
  const std::optional<Config> config = load_config(file, overrides, faults);
  if (!config) return;
  for (const Faults::Fault& fault : plan_pipeline(*config).faults.sorted()) {
    faults.add(fault.origin, fault.problem, fault.advice);
  }
}

int show(const std::vector<std::string>& arguments) {
  std::string file;
  bool as_json = false;
  Options options(
      "clipwork config show",
      "Prints the resolved config, including defaults: TOML that can be loaded again, each value\n"
      "with its origin.");
  options.argument("CONFIG", &file, kConfigArgument)
      .flag("json", &as_json, kJson)
      .example("clipwork config show clipwork:demo/minvis.toml", "prints an installed config")
      .example("clipwork config show a.toml --set model.tracker.buffer=3 > b.toml",
               "merges a config, its parents and a change into one file");
  if (!options.parse(arguments)) return 0;
  const Config config = plan_pipeline(load_config(file, options.overrides())).resolved;
  if (!as_json) {
    std::cout << config.toml(true);
    return 0;
  }
  Json json;
  json.StartObject();
  json.Key("files");
  json.StartArray();
  for (const std::string& name : config.files()) write(json, name);
  json.EndArray();
  json.Key("config");
  write(json, config.tree());
  json.Key("origins");
  json.StartObject();
  write_origins(json, config.tree(), "");
  json.EndObject();
  json.EndObject();
  std::cout << json.text() << "\n";
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
      .flag("json", &as_json, kJson)
      .example("clipwork config check a.toml", "checks one config")
      .example("clipwork config check configs/minvis/*.toml", "checks several");
  if (!options.parse(arguments)) return 0;
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
  Json json;
  json.StartArray();
  for (const Faults::Fault& fault : faults.sorted()) {
    json.StartObject();
    json.Key("file");
    write(json, fault.origin.file);
    json.Key("line");
    json.Int(fault.origin.line);
    json.Key("column");
    json.Int(fault.origin.column);
    json.Key("problem");
    write(json, fault.problem);
    json.Key("advice");
    write(json, fault.advice);
    json.EndObject();
  }
  json.EndArray();
  std::cout << json.text() << "\n";
  return static_cast<int>(faults.empty() ? ExitCode::done : ExitCode::bad_input);
}

int diff(const std::vector<std::string>& arguments) {
  std::string here, there;
  bool as_json = false;
  Options options(
      "clipwork config diff",
      "Prints the differences between two resolved configs, each value with its origin.");
  options.argument("CONFIG", &here, kConfigArgument)
      .argument("OTHER", &there, "the config to compare with")
      .flag("json", &as_json, kJson)
      .example("clipwork config diff a.toml b.toml", "compares two configs")
      .example("clipwork config diff results/monday results/tuesday",
               "compares the configs of two runs");
  if (!options.parse(arguments)) return 0;
  std::vector<Difference> found =
      differences(load_config(here, options.overrides()), load_config(there, options.overrides()));
  if (as_json) {
    Json json;
    auto side = [&](const char* name, const Value& value) {
      json.Key(name);
      if (value.is_none()) {
        json.Null();
        return;
      }
      json.StartObject();
      json.Key("value");
      write(json, value);
      json.Key("origin");
      write(json, value.origin().text());
      json.EndObject();
    };
    json.StartArray();
    for (const Difference& one : found) {
      json.StartObject();
      json.Key("path");
      write(json, one.path);
      side("here", one.here);
      side("there", one.there);
      json.EndObject();
    }
    json.EndArray();
    std::cout << json.text() << "\n";
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

}  // namespace

int run_config(const std::vector<std::string>& arguments) {
  VerbGroup group{"clipwork config",
                  "Configs are TOML files that extend each other; docs/config.md has the rules.",
                  {{"show", "prints a resolved config, each value with its origin", show},
                   {"check", "reports all errors in configs", check},
                   {"diff", "prints the differences between two resolved configs", diff}},
                  {{"clipwork config show clipwork:demo/minvis.toml", "prints an installed config"},
                   {"clipwork config diff a.toml b.toml", "compares two configs"}}};
  return dispatch(group, arguments);
}

}  // namespace clipwork::cli
