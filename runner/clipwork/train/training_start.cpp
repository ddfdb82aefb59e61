#include "train/training_start.h"

#include <clipwork/error.h>
#include <clipwork/host/log.h>

#include <string>

namespace clipwork::runs {
namespace fs = std::filesystem;

RunFolder::Existing treatment(const TrainingRequest& request, const CheckpointStore& store) {
  if (request.resume) return RunFolder::Existing::keep;
  if (!store.steps().empty()) {
    throw InputError("already contains the checkpoints of a training", request.out,
                     "continue with --resume, or choose another --out");
  }
  std::error_code failed;
  const bool ours = fs::exists(fs::path(request.out) / "command.txt", failed);
  return ours ? RunFolder::Existing::replace : RunFolder::Existing::refuse;
}

std::optional<fs::path> checkpoint_to_resume(const TrainingRequest& request,
                                             const CheckpointStore& store) {
  if (!request.resume) return {};
  std::vector<CheckpointStore::Skipped> skipped;
  const std::optional<int64_t> newest = store.newest(&skipped);
  for (const auto& [name, reason] : skipped) log_warn("skipped ", name, ": ", reason);
  if (!newest) {
    throw InputError("there is no checkpoint to resume from", request.out,
                     "start without --resume");
  }
  return store.path(*newest);
}

std::optional<WeightOrigin> weights_to_start(const std::optional<fs::path>& resumed) {
  if (!resumed) return {};
  return WeightOrigin(*resumed / kModelFile);
}

TrainingFacts checked_facts(const TrainingRequest& request, const Plan& plan,
                            const Config& resolved, const Pipeline& pipeline,
                            const Trainer& trainer, int64_t processes,
                            const std::optional<fs::path>& resumed) {
  TrainingFacts facts = training_facts(plan, pipeline, trainer, processes);
  facts["train.overfit"] = std::to_string(request.overfit);
  if (resumed) {
    check_same_training(*resumed, resolved, facts, request.allowed);
    // Weights to begin with are those of the first start.
    const TrainingFacts before = facts_of(*resumed / kModelFile);
    const auto parent = before.find("train.parent");
    if (parent != before.end()) facts["train.parent"] = parent->second;
  } else {
    check_parent(pipeline.training(), plan.weights.file);
  }
  return facts;
}

}  // namespace clipwork::runs
