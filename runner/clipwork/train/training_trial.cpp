// Trainings that write nothing: one batch to see what it takes, and one that a training stopped at.

#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/trainer.h>
#include <clipwork/runs/training_run.h>

#include <filesystem>
#include <optional>
#include <tuple>

#include "data/data_faults.h"
#include "data/split_data.h"
#include "data/train_data.h"
#include "run/memory_watch.h"
#include "train/evaluation_rehearsal.h"
#include "train/training_start.h"
#include "train/training_text.h"

namespace clipwork::runs {

TrainingTrial try_training(const TrainingRequest& request, const Config& config) {
  const Plan plan = plan_pipeline(config);
  plan.faults_for_training().raise();
  MemoryWatch memory;
  TrainingTrial trial;
  std::optional<std::filesystem::path> resumed;
  if (!request.out.empty()) {
    const CheckpointStore store(std::filesystem::path(request.out) / kCheckpointsFolder);
    const RunFolder folder(request.out, treatment(request, store));
    resumed = checkpoint_to_resume(request, store);
  }
  const Pipeline pipeline = Pipeline::for_training(plan, weights_to_start(resumed));
  check_train_section(pipeline.training());
  Communicator world;
  const std::shared_ptr<const Samples> source = open_samples(config);
  report_faults(kTrainingData, source->faults(), request.strict);
  check_windows_of(*source, plan.window);
  Trainer trainer(pipeline, source, world, Trainer::Options{.overfit = request.overfit});
  TrainingRequest alone = request;
  // A trial has one process, however many will train.
  alone.allowed.emplace_back("world");
  checked_facts(alone, plan, with_absolute_data(plan.resolved), pipeline, trainer, world.size(),
                resumed);
  if (resumed) {
    trainer.restore(*resumed);
    trial.resumed = resumed->filename().string();
  }
  const std::vector<Sample> samples = trainer.next_samples();
  trial.section = pipeline.training();
  trial.bytes_before = memory.peak_bytes();
  trial.sample = samples.front().frames.sizes().vec();
  trial.windows = windows_for_people(plan.window, trial.sample.front());
  trial.step = trainer.try_samples(samples, trainer.steps_done());
  std::tie(trial.trained, trial.frozen) = trainer.parameter_counts();
  trial.bytes = memory.peak_bytes();
  if (trial.section.evaluate_every > 0) {
    report_faults(kEvaluationData, rehearse_evaluation(plan, trainer.weights()), request.strict);
    trial.evaluated = true;
  }
  return trial;
}

BatchReplay replay_batch(const std::string& file, const Config& config) {
  const Plan plan = plan_pipeline(config);
  plan.faults_for_training().raise();
  const RefusedBatch batch = read_refused_batch(file);
  const Pipeline pipeline = Pipeline::for_training(plan, file);
  Communicator world;
  Trainer trainer(pipeline, open_samples(config), world);
  return {trainer.try_samples(batch.samples, batch.step), batch.where, batch.problem};
}

}  // namespace clipwork::runs
