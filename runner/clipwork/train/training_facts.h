#pragma once
// The facts that a checkpoint records about its training, and how they differ from another
// training.

#include <clipwork/host/config.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/trainer.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork::runs {

/// Metadata of a checkpoint: "train.stage", "train.parent" (identity of the weights that training
/// began with), "train.data", "train.world", "train.overfit", "train.classes", "plugin.NAME"
/// (SHA-256 of its file).
using TrainingFacts = std::map<std::string, std::string>;

TrainingFacts training_facts(const Plan& plan, const Pipeline& pipeline, const Trainer& trainer,
                             int64_t processes);

/// The facts in a checkpoint's file.
TrainingFacts facts_of(const std::filesystem::path& checkpoint_file);

/// True if the weights that a training makes depend on the value at this path of its config. Device
/// and threads change only rounding; weights to begin with are identified by their hash.
bool affects_training(std::string_view path);

/// Throws InputError that lists the differences between this training and the checkpoint `folder`
/// from which it is to resume, except what `allowed` names ("train.steps", "train", "data",
/// "plugins", "world", "overfit"). Settings that do not influence the weights are ignored.
void check_same_training(const std::filesystem::path& folder, const Config& config,
                         const TrainingFacts& facts, const std::vector<std::string>& allowed);

/// Throws InputError where the config's `train.parent` is not the stage that the weights to begin
/// with come of.
void check_parent(const TrainSection& section, const std::string& weights);

}  // namespace clipwork::runs
