// clipwork doctor: is this installation sound?

#include <clipwork/error.h>
#include <clipwork/host/doctor.h>
#include <clipwork/host/inspect.h>
#include <clipwork/host/json.h>
#include <clipwork/host/registry.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <sstream>

#include "cli/options.h"
#include "measure/probe.h"
#include "verbs/verbs.h"

namespace fs = std::filesystem;

namespace clipwork::cli {
namespace {

using State = Finding::State;

constexpr double kLoadSeconds = 30;

const char* state_name(State state) {
  return state == State::good ? "ok" : state == State::remark ? "note" : "FAULT";
}

/// The remarks of a plugin's page in JSON.
std::vector<std::string> remarks_of(const std::string& page) {
  std::vector<std::string> remarks;
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(page.c_str());
  if (!document.IsObject() || !document.HasMember("remarks")) return remarks;
  for (const auto& remark : document["remarks"].GetArray()) remarks.push_back(remark.GetString());
  return remarks;
}

/// The reason of a refusal in a plugin's page in JSON.
std::string reason_of(const std::string& page) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(page.c_str());
  const bool known = document.IsObject() && document.HasMember("reason");
  return known ? document["reason"].GetString() : "it is refused";
}

/// A plugin after it was judged, tried in a process of its own. This process never loads it.
Finding examine_plugin(const PluginInfo& judged) {
  Finding finding{State::good,
                  cat("plugin ", judged.name),
                  cat(judged.version, judged.version.empty() ? "" : " ", judged.file),
                  {}};
  auto fault = [&](const std::string& reason) {
    finding.state = State::fault;
    finding.text = judged.file + ": " + reason;
    finding.advice = cat("`clipwork inspect ", judged.file, "` shows how it was built");
    return finding;
  };
  if (!judged.refusal.empty()) return fault(judged.refusal);
  if (!judged.shadowed_by.empty()) {
    finding.state = State::remark;
    finding.text += " is shadowed by " + judged.shadowed_by;
    return finding;
  }
  const runs::Probe probe = runs::probe_plugin(judged.file, PageForm::json, kLoadSeconds);
  if (!probe.failure.empty()) return fault(probe.failure);
  if (probe.refused) return fault(reason_of(probe.page));
  for (const std::string& remark : remarks_of(probe.page)) {
    finding.state = State::remark;
    finding.text += "; " + remark;
  }
  return finding;
}

/// The faults of a process that has all of these plugins: they bring libraries of their own.
std::vector<Finding> examine_together(const std::vector<std::string>& files) {
  const runs::Probe probe = runs::probe_process(files, kLoadSeconds);
  if (probe.refused) {
    return {{State::fault, "plugins together", probe.failure + probe.page,
             "`clipwork plugins list` shows all of them"}};
  }
  std::vector<Finding> findings;
  std::istringstream lines(probe.page);
  for (std::string subject, text, advice; std::getline(lines, subject, '\t') &&
                                          std::getline(lines, text, '\t') &&
                                          std::getline(lines, advice);) {
    findings.push_back({State::fault, subject + " with plugins", text, advice});
  }
  return findings;
}

std::vector<Finding> examine_plugins(const std::vector<std::string>& folders) {
  std::vector<Finding> findings;
  std::vector<std::string> sound;
  for (const std::string& folder : Registry::search_path(folders)) {
    findings.push_back({State::good,
                        "plugin folder",
                        folder + (fs::is_directory(folder) ? "" : " (missing)"),
                        {}});
  }
  for (const PluginInfo& plugin : Registry::examine_search_path(folders)) {
    findings.push_back(examine_plugin(plugin));
    const bool loads = findings.back().state != State::fault && plugin.shadowed_by.empty();
    if (loads) sound.push_back(plugin.file);
  }
  std::ranges::move(examine_together(sound), std::back_inserter(findings));
  return findings;
}

Finding examine_gpu() {
  runs::Probe probe = runs::probe_device("cuda:0", kLoadSeconds);
  if (!probe.failure.empty()) return {State::fault, "GPU", probe.failure, "use --device cpu"};
  return {probe.refused ? State::remark : State::good, "GPU", probe.page, {}};
}

void print_json(const std::vector<Finding>& findings) {
  JsonWriter json;
  json.begin_array();
  for (const Finding& finding : findings) {
    json.begin_object();
    json.member("state", finding.state == State::fault ? "fault" : state_name(finding.state));
    json.member("subject", finding.subject);
    json.member("text", finding.text);
    json.member("advice", finding.advice);
    json.end_object();
  }
  json.end_array();
  std::cout << json.take() << "\n";
}

void print_text(const std::vector<Finding>& findings) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Finding& finding : findings) {
    std::string text = finding.text + (finding.advice.empty() ? "" : "; " + finding.advice);
    std::string subject =
        cat(state_name(finding.state),
            std::string(7 - std::string(state_name(finding.state)).size(), ' '), finding.subject);
    rows.emplace_back(subject, text);
  }
  print_columns(rows);
}

int run(const std::vector<std::string>& arguments) {
  bool json = false;
  Options options("clipwork doctor",
                  "Checks this installation: versions, LibTorch, threads, speed of a matrix "
                  "product, processor,\n"
                  "GPU, environment and plugins. Exit code 3 if something is wrong.");
  options.plugins()
      .flag("json", &json, "print JSON")
      .example("clipwork doctor", "checks everything")
      .example("clipwork doctor --plugin-path ./build", "also checks your own plugins");
  if (!options.parse(arguments)) return 0;
  // Before this process computes: the checks are copies of it without its threads.
  const Finding gpu = examine_gpu();
  const std::vector<Finding> plugins = examine_plugins(options.plugin_folders());
  std::vector<Finding> findings = examine_process();
  findings.push_back(gpu);
  findings.insert(findings.end(), plugins.begin(), plugins.end());
  if (json) {
    print_json(findings);
  } else {
    print_text(findings);
  }
  bool sound = std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.state == State::fault; });
  return static_cast<int>(sound ? ExitCode::done : ExitCode::check_failed);
}

}  // namespace

const Verb kDoctor = {"doctor", "checks this installation", run};

}  // namespace clipwork::cli
