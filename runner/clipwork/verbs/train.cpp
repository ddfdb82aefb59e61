// clipwork train

#include <clipwork/error.h>
#include <clipwork/host/checkpoint_store.h>
#include <clipwork/host/log.h>
#include <clipwork/host/processes.h>
#include <clipwork/runs/training_run.h>
#include <clipwork/text.h>

#include <iostream>

#include "cli/interrupt.h"
#include "cli/model_options.h"
#include "train/training_recipe.h"
#include "train/training_text.h"
#include "verbs/dataset_run_text.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

/// The schedule's word in a config.
const char* schedule_name(ScheduleSection::Form form) {
  switch (form) {
    case ScheduleSection::Form::constant:
      return "constant";
    case ScheduleSection::Form::steps:
      return "steps";
    case ScheduleSection::Form::poly:
      return "poly";
  }
  return "";
}

void print(const runs::TrainingTrial& trial) {
  const TrainSection& section = trial.section;
  const at::IntArrayRef sample = trial.sample;
  auto megabytes = [](int64_t bytes) { return static_cast<int64_t>(runs::megabytes(bytes)); };
  std::cout << "parameters trained   " << trial.trained << "\n"
            << "parameters frozen    " << trial.frozen << "\n"
            << "batch                " << section.batch << " samples in "
            << counted(section.accumulate, "part") << ", the first " << sample << "\n"
            << "windows of a clip    " << trial.windows << "\n"
            << "steps                " << section.steps << ", rate "
            << section.optimizer.rate * section.rate_scale() << ", schedule "
            << schedule_name(section.schedule.form) << "\n"
            << "loss                 " << runs::losses_for_people(trial.step) << "\n"
            << "seconds per step     " << significant(trial.step.seconds, 3) << "\n"
            << "memory               " << megabytes(trial.bytes) << " MB, "
            << megabytes(trial.bytes_before) << " MB of it before the batch\n"
            << "to save memory       more train.accumulate, fewer frames, smaller pictures\n";
  if (trial.evaluated) {
    std::cout << "evaluation           one video of [data.eval] succeeded\n";
  }
  if (!trial.resumed.empty()) std::cout << "continues            " << trial.resumed << "\n";
}

void print(const runs::BatchReplay& replay) {
  std::cout << "this batch no longer fails: " << runs::losses_for_people(replay.step)
            << "\ntraining stopped because of: " << replay.where << ": " << replay.problem << "\n";
}

void print(const runs::TrainingReport& report) {
  std::cout << report.folder.string() << ": " << report.steps << " of " << report.of << " steps"
            << (report.interrupted ? ", interrupted: use --resume to continue" : "")
            << "; checkpoints/" << CheckpointStore::name(report.steps)
            << (report.best
                    ? cat(", best ", report.best_measure, ": ", CheckpointStore::name(*report.best))
                    : "")
            << "\n";
}

/// False where it was interrupted.
bool train(const runs::TrainingRequest& request, const Config& config) {
  runs::TrainingRun run(request, config);
  const Interrupt interrupt;
  const runs::TrainingReport report = run.run(Interrupt::requested);
  if (request.world->rank() == 0) print(report);
  return !report.interrupted;
}

int exit_code(bool done) { return static_cast<int>(done ? ExitCode::done : ExitCode::interrupted); }

int run(const std::vector<std::string>& arguments) {
  runs::TrainingRequest request;
  std::optional<std::string> out, replay;
  bool dry_run = false;
  Options options("clipwork train",
                  "Trains the model of a config on its [data.train], or the stages of a recipe one "
                  "after the other.\n"
                  "--resume continues it, however it was interrupted. Processes started by "
                  "torchrun, mpirun or srun\n"
                  "share the batch.");
  ModelOptions model(options, true);
  options.option("out", "DIR", &out, "the folder of the run: checkpoints/, scalars.jsonl, eval/")
      .flag("resume", &request.resume,
            "continue from the newest valid checkpoint in --out, which must exist")
      .option("allow", "KEY", &request.allowed,
              "with --resume: allow a difference from the checkpoint (train.steps, data, plugins, "
              "world); repeatable")
      .flag("dry-run", &dry_run,
            "process one batch, print its cost, and write nothing; also checks --out")
      .option("overfit", "N", &request.overfit,
              "train on the first N samples repeatedly, without randomness: the loss must fall")
      .flag("strict", &request.strict,
            "treat faults of the data sets, which are warnings otherwise, as errors")
      .option("replay", "FILE", &replay,
              "process the refused_batch.safetensors at which a training stopped")
      .example("clipwork train clipwork:minvis/tiny.toml --weights initial --out runs/tiny",
               "trains a small model on generated videos, in a minute or two")
      .example("clipwork train clipwork:minvis/ytvis2019_r50.toml --weights coco.pth --out runs/a",
               "trains, evaluates, and keeps the latest and the best weights")
      .example("clipwork train a.toml --out runs/a --resume", "resumes an interrupted training")
      .example("torchrun --no-python --nproc-per-node 4 clipwork train a.toml --out runs/a",
               "trains with four processes, which share the batch");
  if (!options.parse(arguments)) return 0;
  if (request.overfit < 0) throw InputError("--overfit expects a number of samples");
  if (!request.allowed.empty() && !request.resume) {
    throw InputError("--allow requires --resume");
  }
  request.config = model.config();
  request.command = "clipwork train";
  for (const std::string& word : arguments) request.command += " " + word;
  const bool writes = !dry_run && !replay;
  if (replay && (out || request.resume || dry_run)) {
    throw InputError(
        "--replay writes nothing and cannot be combined with --out, --resume or --dry-run", {},
        "remove --out, --resume and --dry-run");
  }
  if (!out && (writes || request.resume)) {
    throw InputError("--out is missing", {}, "choose a folder for the run");
  }
  request.out = out.value_or("");
  const ProcessPlace place = writes ? process_place() : ProcessPlace();
  const std::unique_ptr<Communicator> world = make_communicator(place);
  request.world = world.get();
  request.local_rank = place.local_rank;
  // Only process 0 prints messages that all processes would print.
  if (world->rank() > 0 && log_level() == LogLevel::info) set_log_level(LogLevel::error);
  request.evaluated = [](const runs::DatasetRunReport& report) { cli::print(report); };
  if (const std::optional<runs::Recipe> recipe = runs::read_recipe(model.config())) {
    if (!writes) {
      throw InputError("is a recipe of stages", model.config(),
                       "use the config of one of them with --dry-run or --replay");
    }
    auto load = [&](const std::string& config, std::vector<Override> changes) {
      return model.load_other(config, options, std::move(changes));
    };
    return exit_code(runs::run_recipe(*recipe, request, load, train));
  }
  const Config config = model.load(options);
  if (replay) {
    print(runs::replay_batch(*replay, config));
  } else if (dry_run) {
    print(runs::try_training(request, config));
  } else {
    return exit_code(train(request, config));
  }
  return 0;
}

}  // namespace

const Verb kTrain = {"train", "trains a model, or resumes a training", run};

}  // namespace clipwork::cli
