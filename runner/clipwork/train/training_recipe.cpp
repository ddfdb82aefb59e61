#include "train/training_recipe.h"

#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/checkpoint_store.h>
#include <clipwork/host/log.h>

#include <algorithm>

#include "train/training_facts.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

struct StageDescription {
  Stage stage;
  void describe(Describer& d) {
    d("name", stage.name, "name of the stage and of its folder").required();
    d("config", stage.config, "config of the stage, relative to the recipe, or clipwork:NAME")
        .required();
    d("weights", stage.weights, {{"best", Stage::Weights::best}, {"last", Stage::Weights::last}},
      "which weights of the previous stage to start from");
    d("set", stage.set, "overrides of the config, as with --set");
  }
};

/// The weights of a finished stage from which the next one starts.
fs::path weights_of(const fs::path& folder, Stage::Weights which, const std::string& measure) {
  if (which == Stage::Weights::best) return weights_in(folder, measure);
  const CheckpointStore store(folder / kCheckpointsFolder);
  const std::optional<int64_t> step = store.newest();
  if (!step) throw InputError("has no complete checkpoint", folder.string());
  return store.path(*step) / kModelFile;
}

bool is_finished(const fs::path& folder, int64_t steps) {
  return CheckpointStore(folder / kCheckpointsFolder).newest().value_or(-1) >= steps;
}

/// Throws InputError where the stage in `folder` began with other weights than `parent`.
void check_parent_of(const fs::path& folder, const fs::path& parent) {
  const CheckpointStore store(folder / kCheckpointsFolder);
  const std::optional<int64_t> newest = store.newest();
  if (!newest || parent.empty()) return;
  const TrainingFacts facts = facts_of(store.path(*newest) / kModelFile);
  const auto began_with = facts.find("train.parent");
  if (began_with != facts.end() && began_with->second == read_checkpoint(parent).sha256()) return;
  throw InputError(cat("this stage started from other weights than ", parent.string()),
                   folder.string(), "remove the folder of the stage, or choose another --out");
}

}  // namespace

std::optional<Recipe> read_recipe(const std::string& file) {
  Faults faults;
  const std::optional<Config> config = load_config(file, {}, faults);
  const Value* stages = config ? config->find("stages") : nullptr;
  if (!stages) return {};
  Recipe recipe{file, {}};
  if (!stages->array() || stages->array()->empty()) {
    throw InputError("stages must be a list of tables", stages->origin().text(),
                     "write [[stages]] with name and config for each");
  }
  for (const Value& table : *stages->array()) {
    Stage stage = read_parameters<StageDescription>(&table, "stages", faults).stage;
    const bool plain = !stage.name.empty() && stage.name != "." && stage.name != ".." &&
                       stage.name.find('/') == std::string::npos;
    const bool again = std::any_of(recipe.stages.begin(), recipe.stages.end(),
                                   [&](const Stage& one) { return one.name == stage.name; });
    if (!plain || again) {
      faults.add(table.origin(), cat("'", stage.name, "' cannot be the name of a stage"),
                 "it is used as a folder name and must be unique");
    }
    if (!stage.config.starts_with("clipwork:") && fs::path(stage.config).is_relative()) {
      stage.config = (fs::path(file).parent_path() / stage.config).string();
    }
    recipe.stages.push_back(std::move(stage));
  }
  for (const Value::Member& member : *config->tree().table_members()) {
    if (member.key != "stages") {
      faults.add(member.origin, cat("a recipe may contain only stages, found '", member.key, "'"),
                 "put it into the configs of the stages");
    }
  }
  faults.raise();
  return recipe;
}

bool run_recipe(const Recipe& recipe, const TrainingRequest& request, const LoadConfig& load,
                const Train& train) {
  fs::path parent;
  std::string parent_stage, measure;
  for (const Stage& stage : recipe.stages) {
    std::vector<Override> changes(stage.set.begin(), stage.set.end());
    changes.emplace_back(cat("train.stage=", Value(stage.name).toml()), recipe.file);
    if (!parent_stage.empty()) {
      parent = weights_of(fs::path(request.out) / parent_stage, stage.weights, measure);
      changes.emplace_back(cat("weights.file=", Value(fs::absolute(parent).string()).toml()),
                           recipe.file);
      changes.emplace_back(cat("train.parent=", Value(parent_stage).toml()), recipe.file);
    }
    const Config config = load(stage.config, changes);
    Faults faults;
    const Value* table = config.find("train");
    const TrainSection section = read_parameters<TrainSection>(table, "train", faults);
    faults.raise();

    TrainingRequest one = request;
    one.config = stage.config;
    const fs::path folder = fs::path(request.out) / stage.name;
    one.out = folder.string();
    const bool begun = !CheckpointStore(folder / kCheckpointsFolder).steps().empty();
    if (begun && !request.resume) {
      throw InputError(cat("stage '", stage.name, "' already exists"), one.out,
                       "continue with --resume, or choose another --out");
    }
    check_parent_of(folder, parent);
    one.resume = begun;
    if (is_finished(folder, section.steps)) {
      log_info("stage '", stage.name, "' is finished");
    } else {
      log_info("stage '", stage.name, "'");
      fs::create_directories(request.out);
      if (!train(one, config)) return false;
    }
    parent_stage = stage.name;
    measure = section.best;
  }
  return true;
}

}  // namespace clipwork::runs
