// Trainings that write nothing: one batch to see what it takes, and one that a training stopped at.

#include <clipwork/host/plan.h>
#include <clipwork/host/trainer.h>
#include <clipwork/runs/training_run.h>

#include <tuple>

#include "data/data_faults.h"
#include "data/split_data.h"
#include "data/train_data.h"
#include "run/memory_watch.h"
#include "train/evaluation_rehearsal.h"
#include "train/training_text.h"

namespace clipwork::runs {

TrainingTrial try_training(const Config& config, int64_t overfit, bool strict) {
  const Plan plan = plan_pipeline(config);
  plan.faults_for_training().raise();
  MemoryWatch memory;
  const Pipeline pipeline = Pipeline::for_training(plan);
  check_train_section(pipeline.training());
  Communicator world;
  const std::shared_ptr<const Samples> source = open_samples(config);
  report_faults(kTrainingData, source->faults(), strict);
  Trainer trainer(pipeline, source, world, Trainer::Options{.overfit = overfit});
  const std::vector<Sample> samples = trainer.next_samples();
  TrainingTrial trial;
  trial.section = pipeline.training();
  trial.bytes_before = memory.peak_bytes();
  trial.sample = samples.front().frames.sizes().vec();
  trial.step = trainer.try_samples(samples, 0);
  std::tie(trial.trained, trial.frozen) = trainer.parameter_counts();
  trial.bytes = memory.peak_bytes();
  if (trial.section.evaluate_every > 0) {
    report_faults(kEvaluationData, rehearse_evaluation(plan, trainer.weights()), strict);
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
