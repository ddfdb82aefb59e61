#pragma once
// What a training starts from: its folder, the checkpoint that it continues, and the facts that
// must agree. All of it is checked before anything is written.

#include <clipwork/host/checkpoint_store.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/trainer.h>
#include <clipwork/runs/training_run.h>

#include <filesystem>
#include <optional>

#include "show/run_folder.h"
#include "train/training_facts.h"

namespace clipwork::runs {

/// What to do with the files in `request.out`: a run folder whose training never came to its first
/// checkpoint has nothing to lose. Throws InputError if it has checkpoints that are not resumed.
RunFolder::Existing treatment(const TrainingRequest& request, const CheckpointStore& store);

/// The newest whole checkpoint, if `request.resume`; those that are skipped are logged. Throws
/// InputError if there is none.
std::optional<std::filesystem::path> checkpoint_to_resume(const TrainingRequest& request,
                                                          const CheckpointStore& store);

/// The weights to start with: those of the checkpoint; none stands for those of the config.
std::optional<WeightOrigin> weights_to_start(const std::optional<std::filesystem::path>& resumed);

/// The facts of the training. Throws InputError if they or the config differ from those of the
/// checkpoint `resumed`, or, for a new training, if the weights are not of the stage
/// `train.parent`.
TrainingFacts checked_facts(const TrainingRequest& request, const Plan& plan,
                            const Config& resolved, const Pipeline& pipeline,
                            const Trainer& trainer, int64_t processes,
                            const std::optional<std::filesystem::path>& resumed);

}  // namespace clipwork::runs
