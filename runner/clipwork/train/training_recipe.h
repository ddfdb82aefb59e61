#pragma once
// Stages of a training in one file: each begins with the weights of the one before.

#include <clipwork/error.h>
#include <clipwork/runs/training_run.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::runs {

/// [[stages]]
/// name = "image"             # also the folder below --out
/// config = "image.toml"      # beside the recipe, or clipwork:NAME
/// weights = "best"           # of the stage before: "best" or "last"
/// set = ["train.steps=100"]  # changes, as --set
struct Stage {
  std::string name, config;
  enum class Weights { best, last } weights = Weights::best;
  std::vector<std::string> set;
};

struct Recipe {
  std::string file;
  std::vector<Stage> stages;
};

/// The recipe in a file; none where it is an ordinary config. Throws InputError with all faults.
std::optional<Recipe> read_recipe(const std::string& file);

/// Loads a stage's config with these changes.
using LoadConfig = std::function<Config(const std::string& config, std::vector<Override> changes)>;
/// Trains one stage; false where it was interrupted.
using Train = std::function<bool(const TrainingRequest& request, const Config& config)>;

/// Trains the stages into folders below `request.out`. With --resume, finished stages are passed
/// over and one that was begun goes on. Throws InputError where a stage that is there began with
/// other weights than those of the stage before. Returns false where a stage was interrupted.
bool run_recipe(const Recipe& recipe, const TrainingRequest& request, const LoadConfig& load,
                const Train& train);

}  // namespace clipwork::runs
