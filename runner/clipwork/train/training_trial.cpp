// Trainings that write nothing: one batch to see what it takes, and one that a training stopped at.

#include <clipwork/host/trainer.h>
#include <clipwork/text.h>

#include <iostream>

#include "data/train_data.h"
#include "run/memory_watch.h"
#include "train/evaluation_rehearsal.h"
#include "train/training_run.h"
#include "train/training_text.h"

namespace clipwork::cli {
namespace {

/// The schedule's word in a config.
std::string schedule_name(ScheduleSection schedule) {
  Describer describer;
  schedule.describe(describer);
  return *describer.parameters().front().default_value.text();
}

void check_all(const Config& config) {
  Faults faults;
  check_pipeline(config, faults);
  faults.raise();
}

}  // namespace

ExitCode dry_run_training(const TrainRequest& request, const Config& config) {
  check_all(config);
  MemoryWatch memory;
  Pipeline pipeline(config, {.weights = {}, .rule = {}, .build_only = false, .training = true});
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
            << "batch                " << section.batch << " samples in "
            << counted(section.accumulate, "part") << ", the first "
            << samples.front().frames.sizes() << "\n"
            << "steps                " << section.steps << ", rate "
            << section.optimizer.rate * section.rate_scale() << ", schedule "
            << schedule_name(section.schedule) << "\n"
            << "loss                 " << losses_for_people(report) << "\n"
            << "seconds a step       " << significant(report.seconds, 3) << "\n"
            << "memory               " << static_cast<int64_t>(megabytes(memory.peak_bytes()))
            << " MB, " << static_cast<int64_t>(megabytes(before)) << " MB of it before the batch\n"
            << "less memory          more train.accumulate, fewer frames, smaller pictures\n";
  if (section.evaluate_every > 0) {
    rehearse_evaluation(config, trainer.weights());
    std::cout << "evaluation           one video of [data.eval] went through\n";
  }
  return ExitCode::done;
}

ExitCode replay_batch(const std::string& file, const Config& config) {
  check_all(config);
  const RefusedBatch batch = read_refused_batch(file);
  Pipeline pipeline(config, {.weights = file, .rule = {}, .build_only = false, .training = true});
  Communicator world;
  Trainer trainer(pipeline, open_samples(config), world);
  const StepReport report = trainer.try_samples(batch.samples, batch.step);
  std::cout << "nothing is wrong with this batch any more: " << losses_for_people(report)
            << "\nwhat stopped training: " << batch.where << ": " << batch.problem << "\n";
  return ExitCode::done;
}

}  // namespace clipwork::cli
