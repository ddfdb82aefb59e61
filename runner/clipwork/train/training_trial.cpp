// Trainings that write nothing: one batch to see what it takes, and one that a training stopped at.

#include <clipwork/host/trainer.h>

#include <iostream>

#include "data/train_data.h"
#include "run/memory_watch.h"
#include "train/evaluation_rehearsal.h"
#include "train/training_run.h"
#include "train/training_text.h"

namespace clipwork::cli {

ExitCode dry_run_training(const TrainRequest& request, const Config& config) {
  const Plan plan = plan_pipeline(config);
  plan.faults.raise();
  MemoryWatch memory;
  const Pipeline pipeline = Pipeline::for_training(plan);
  check_train_section(pipeline.training());
  Communicator world;
  Trainer trainer(pipeline, open_samples(config), world,
                  Trainer::Options{.overfit = request.overfit});
  const std::vector<Sample> samples = trainer.next_samples();
  const int64_t before = memory.peak_bytes();
  const StepReport report = trainer.try_samples(samples, 0);
  const auto [trained, frozen] = trainer.parameter_counts();
  const TrainSection& section = pipeline.training();
  std::cout << "parameters trained   " << trained << "\n"
            << "parameters frozen    " << frozen << "\n"
            << "batch                " << section.batch << " samples in " << section.accumulate
            << (section.accumulate == 1 ? " part" : " parts") << ", the first "
            << samples.front().frames.sizes() << "\n"
            << "steps                " << section.steps << ", rate "
            << section.optimizer.rate * section.rate_scale() << ", schedule "
            << *plan.resolved.find("train.schedule")->text() << "\n"
            << "loss                 " << losses_for_people(report) << "\n"
            << "seconds per step     " << rounded(report.seconds, 3) << "\n"
            << "memory               " << static_cast<int64_t>(megabytes(memory.peak_bytes()))
            << " MB, " << static_cast<int64_t>(megabytes(before)) << " MB of it before the batch\n"
            << "to save memory       more train.accumulate, fewer frames, smaller pictures\n";
  if (section.evaluate_every > 0) {
    rehearse_evaluation(plan, trainer.weights());
    std::cout << "evaluation           one video of [data.eval] succeeded\n";
  }
  return ExitCode::done;
}

ExitCode replay_batch(const std::string& file, const Config& config) {
  const Plan plan = plan_pipeline(config);
  plan.faults.raise();
  const RefusedBatch batch = read_refused_batch(file);
  const Pipeline pipeline = Pipeline::for_training(plan, file);
  Communicator world;
  Trainer trainer(pipeline, open_samples(config), world);
  const StepReport report = trainer.try_samples(batch.samples, batch.step);
  std::cout << "this batch no longer fails: " << losses_for_people(report)
            << "\ntraining stopped because of: " << batch.where << ": " << batch.problem << "\n";
  return ExitCode::done;
}

}  // namespace clipwork::cli
