#include "train/training_facts.h"

#include <clipwork/host/log.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/trained_classes.h>
#include <clipwork/text.h>

#include <algorithm>
#include <set>

#include "data/split_data.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

constexpr const char* kStage = "train.stage";
constexpr std::string_view kPlugin = "plugin.";

/// Settings that do not change the weights. A change of threads or device changes rounding, which
/// is a warning and not an error.
constexpr const char* kIndifferent[] = {"output",
                                        "plugins",
                                        "memory",
                                        "run.device",
                                        "run.threads",
                                        "weights",
                                        "tracks",
                                        "data.eval",
                                        "classes.renamed",
                                        "train.parent",
                                        "train.best",
                                        "train.workers",
                                        "train.keep",
                                        "train.checkpoint_every",
                                        "train.evaluate_every",
                                        "train.log_every"};

std::string shown(const Value& value) { return value.is_none() ? "nothing" : value.toml(); }

struct Line {
  std::string key, text;
};

void add_config(std::vector<Line>& lines, const fs::path& folder, const Config& config) {
  const Config there = load_config((folder / "config.toml").string());
  for (const Difference& one : differences(config, there)) {
    if (!affects_training(one.path)) {
      if (is_below(one.path, "run")) {
        log_warn(one.path, " is ", shown(one.here), ", but was ", shown(one.there),
                 ": the training will not be bitwise identical to an uninterrupted one");
      }
      continue;
    }
    lines.push_back(
        {one.path, cat(one.path, ": checkpoint ", shown(one.there), ", now ", shown(one.here))});
  }
}

void add_facts(std::vector<Line>& lines, const TrainingFacts& there, const TrainingFacts& here) {
  auto compare = [&](const std::string& fact, const char* key, const char* what) {
    const auto a = there.find(fact), b = here.find(fact);
    if (a == there.end() || (b != here.end() && a->second == b->second)) return;
    lines.push_back({key, cat(key, ": ", what)});
  };
  compare("train.data", "data", "the samples differ from those of the checkpoint");
  for (const auto& [fact, value] : there) {
    if (!fact.starts_with(kPlugin)) continue;
    const std::string name = fact.substr(kPlugin.size());
    compare(fact, "plugins",
            cat("plugin '", name, "' is ", here.contains(fact) ? "a different file" : "missing")
                .c_str());
  }
  auto compare_numbers = [&](const std::string& fact, const char* key, const char* what) {
    const auto a = there.find(fact), b = here.find(fact);
    if (a == there.end() || b == here.end() || a->second == b->second) return;
    lines.push_back({key, cat(key, ": checkpoint ", a->second, " ", what, ", now ", b->second)});
  };
  compare_numbers("train.world", "world", "processes");
  compare_numbers("train.overfit", "overfit", "samples (0: all)");
}

/// The plugins of the model, the loss and the samples.
std::set<std::string> plugins_of_training(const Plan& plan) {
  std::set<std::string> names;
  for (const auto* components : {&plan.components, &plan.of_loss, &plan.data}) {
    for (const auto& component : *components) {
      const bool other_data =
          components == &plan.data && !is_below(component->place, kTrainingData);
      if (!other_data) names.insert(component->info->plugin);
    }
  }
  return names;
}

}  // namespace

TrainingFacts training_facts(const Plan& plan, const Pipeline& pipeline, const Trainer& trainer,
                             int64_t processes) {
  TrainingFacts facts;
  const TrainSection& section = pipeline.training();
  if (!section.stage.empty()) facts[kStage] = section.stage;
  facts["train.parent"] = pipeline.weights_identity();
  facts["train.data"] = trainer.data_identity();
  facts["train.world"] = std::to_string(processes);
  facts[kClassesFact] = classes_fact(pipeline.classes().names);
  const std::set<std::string> trained = plugins_of_training(plan);
  for (const PluginInfo& plugin : Registry::instance().plugins()) {
    if (plugin.loaded && trained.contains(plugin.name))
      facts[cat(kPlugin, plugin.name)] = plugin.sha256;
  }
  return facts;
}

bool affects_training(std::string_view path) {
  return std::none_of(std::begin(kIndifferent), std::end(kIndifferent),
                      [&](const char* place) { return is_below(path, place); });
}

TrainingFacts facts_of(const fs::path& checkpoint_file) {
  return read_checkpoint(checkpoint_file).metadata;
}

void check_same_training(const fs::path& folder, const Config& config, const TrainingFacts& facts,
                         const std::vector<std::string>& allowed) {
  std::vector<Line> lines;
  add_config(lines, folder, config);
  add_facts(lines, facts_of(folder / "trainer.safetensors"), facts);
  std::string refused, advice;
  for (const Line& line : lines) {
    const bool is_allowed = std::any_of(allowed.begin(), allowed.end(),
                                        [&](const auto& key) { return is_below(line.key, key); });
    if (is_allowed) {
      log_warn("allowed to differ: ", line.text);
    } else {
      refused += "\n  " + line.text;
      if (advice.empty()) {
        advice =
            cat("use the settings of the checkpoint, or allow each difference by name, for example "
                "--allow ",
                line.key);
      }
    }
  }
  if (refused.empty()) return;
  throw InputError(cat("the checkpoint was written with different settings:", refused),
                   folder.string(), advice);
}

void check_parent(const TrainSection& section, const std::string& weights) {
  if (section.parent.empty()) return;
  const char* advice = "use the weights of that stage, or leave train.parent empty";
  if (weights.empty() || weights == "rule" || weights == "initial") {
    throw InputError(cat("train.parent requires the weights of stage '", section.parent,
                         "', but no weights are given"),
                     "train.parent", advice);
  }
  const TrainingFacts facts = facts_of(weights);
  const auto stage = facts.find(kStage);
  if (stage == facts.end()) {
    log_warn(weights, " does not record its stage; train.parent requires '", section.parent, "'");
  } else if (stage->second != section.parent) {
    throw InputError(cat("found the weights of stage '", stage->second,
                         "', but train.parent requires those of '", section.parent, "'"),
                     weights, advice);
  }
}

}  // namespace clipwork::runs
