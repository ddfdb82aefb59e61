// clipwork zoo

#include <clipwork/error.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/host/json.h>
#include <clipwork/text.h>

#include <iostream>

#include "analysis/page_table.h"
#include "cli/options.h"
#include "measure/model_zoo.h"
#include "verbs/holds_word.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

void print(const runs::ZooMethod& method) {
  std::cout << method.name << ": " << method.summary << "\n  " << method.paper
            << "\n  weights: " << method.weights
            << (method.weights_licence.empty() ? "" : cat(" (", method.weights_licence, ")"))
            << "\n\n";
  runs::PageTable table{{"config", "data", "backbone", "AP of the paper", "CPU cost"}, {}};
  for (const runs::ZooConfig& config : method.configs) {
    table.rows.push_back({runs::word(config.name), runs::word(config.data),
                          runs::word(config.backbone),
                          runs::word(config.ap ? fixed(*config.ap, 1) : "-"),
                          runs::word(config.cost ? cat(fixed(*config.cost, 2), " Y") : "-")});
  }
  std::cout << table.plain(table.rows.size()) << "\n";
}

void write(JsonWriter& json, const runs::ZooMethod& method) {
  json.begin_object();
  json.member("name", method.name);
  json.member("summary", method.summary);
  json.member("paper", method.paper);
  json.member("code", method.code);
  json.member("weights", method.weights);
  json.member("weights_licence", method.weights_licence);
  json.begin_array("configs");
  for (const runs::ZooConfig& config : method.configs) {
    json.begin_object();
    json.member("config", config.name);
    json.member("data", config.data);
    json.member("backbone", config.backbone);
    if (config.ap) json.member("ap", *config.ap);
    if (config.cost) json.member("cost", *config.cost);
    json.member("checkpoint", config.checkpoint);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

int run(const std::vector<std::string>& arguments) {
  std::optional<std::string> wanted;
  bool as_json = false;
  Options options(
      "clipwork zoo",
      "Lists the methods with their configs, where their published weights are, the AP that the\n"
      "papers report, and the CPU time of a frame. One Y is a forward pass of ResNet-50.");
  options
      .argument("WORD", &wanted,
                "only methods and configs whose name, data or backbone has this word (minvis, "
                "ovis, swin)")
      .flag("json", &as_json, "print JSON")
      .example("clipwork zoo", "lists everything")
      .example("clipwork zoo ovis", "lists the configs for OVIS");
  if (!options.parse(arguments)) return 0;
  std::vector<runs::ZooMethod> shown;
  for (runs::ZooMethod& method : runs::read_model_zoo(installed_configs())) {
    if (wanted && !holds_word(method.name, *wanted)) {
      std::erase_if(method.configs, [&](const runs::ZooConfig& config) {
        return !holds_word(cat(config.name, " ", config.data, " ", config.backbone), *wanted);
      });
    }
    if (!method.configs.empty()) shown.push_back(std::move(method));
  }
  if (shown.empty()) {
    throw InputError(cat("no method or config has '", wanted.value_or(""), "'"), {},
                     "`clipwork zoo` lists all");
  }
  if (!as_json) {
    for (const runs::ZooMethod& method : shown) print(method);
    return 0;
  }
  JsonWriter json;
  json.begin_array();
  for (const runs::ZooMethod& method : shown) write(json, method);
  json.end_array();
  std::cout << json.take() << "\n";
  return 0;
}

}  // namespace

const Verb kZoo = {"zoo", "lists methods, configs, papers' AP and where the weights are", run};

}  // namespace clipwork::cli
