// clipwork doctor: is this installation sound?

#include <clipwork/error.h>
#include <clipwork/host/doctor.h>
#include <clipwork/host/inspect.h>
#include <clipwork/host/json.h>
#include <clipwork/host/registry.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

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

/// A plugin after it was judged, tried in a process of its own, and, if that went well, loaded
/// here.
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
  runs::Probe probe = runs::probe_plugin(judged.file, PageForm::text, kLoadSeconds);
  if (!probe.failure.empty()) return fault(probe.failure);
  try {
    PluginInfo loaded = Registry::instance().load(judged.file);
    for (const std::string& remark : loaded.remarks) {
      finding.state = State::remark;
      finding.text += "; " + remark;
    }
  } catch (const InputError& error) {
    return fault(error.problem());
  }
  return finding;
}

std::vector<Finding> examine_plugins(const std::vector<std::string>& folders) {
  std::vector<Finding> findings;
  for (const std::string& folder : Registry::search_path(folders)) {
    findings.push_back({State::good,
                        "plugin folder",
                        folder + (fs::is_directory(folder) ? "" : " (missing)"),
                        {}});
  }
  for (const PluginInfo& plugin : Registry::examine_search_path(folders))
    findings.push_back(examine_plugin(plugin));
  // Plugins bring libraries of their own; what holds for the process must hold with them too.
  for (Finding& finding : examine_process()) {
    if (finding.state != State::fault) continue;
    finding.subject += " with plugins";
    findings.push_back(std::move(finding));
  }
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
  if (arguments.size() == 2 && arguments[0] == runs::kProbeArgument)
    return runs::run_device_probe(arguments[1]);
  std::vector<std::string> folders;
  bool json = false;
  Options options("clipwork doctor",
                  "Checks this installation: versions, LibTorch, threads, speed of a matrix "
                  "product, processor,\n"
                  "GPU, environment and plugins. Exit code 3 if something is wrong.");
  options.option("plugin-path", "DIR", &folders, "a folder of plugins, searched first; repeatable")
      .flag("json", &json, "print JSON")
      .example("clipwork doctor", "checks everything")
      .example("clipwork doctor --plugin-path ./build", "also checks your own plugins");
  if (!options.parse(arguments)) return 0;
  std::vector<Finding> findings = examine_process();
  findings.push_back(examine_gpu());
  std::ranges::move(examine_plugins(folders), std::back_inserter(findings));
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
