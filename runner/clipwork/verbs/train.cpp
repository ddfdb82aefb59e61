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
std::string schedule_name(ScheduleSection schedule) {
  Describer describer;
  schedule.describe(describer);
  return *describer.parameters().front().default_value.text();
}

void print(const runs::TrainingTrial& trial) {
  const TrainSection& section = trial.section;
  const at::IntArrayRef sample = trial.sample;
  auto megabytes = [](int64_t bytes) { return static_cast<int64_t>(runs::megabytes(bytes)); };
  std::cout << "parameters trained   " << trial.trained << "\n"
            << "parameters frozen    " << trial.frozen << "\n"
            << "batch                " << section.batch << " samples in "
            << counted(section.accumulate, "part") << ", the first " << sample << "\n"
            << "steps                " << section.steps << ", rate "
            << section.optimizer.rate * section.rate_scale() << ", schedule "
            << schedule_name(section.schedule) << "\n"
            << "loss                 " << runs::losses_for_people(trial.step) << "\n"
            << "seconds a step       " << significant(trial.step.seconds, 3) << "\n"
            << "memory               " << megabytes(trial.bytes) << " MB, "
            << megabytes(trial.bytes_before) << " MB of it before the batch\n"
            << "less memory          more train.accumulate, fewer frames, smaller pictures\n";
  if (trial.evaluated) {
    std::cout << "evaluation           one video of [data.eval] went through\n";
  }
}

void print(const runs::BatchReplay& replay) {
  std::cout << "nothing is wrong with this batch any more: " << runs::losses_for_people(replay.step)
            << "\nwhat stopped training: " << replay.where << ": " << replay.problem << "\n";
}

void print(const runs::TrainingReport& report) {
  std::cout << report.folder.string() << ": " << report.steps << " of " << report.of << " steps"
            << (report.interrupted ? ", interrupted: --resume goes on" : "") << "; checkpoints/"
            << CheckpointStore::name(report.steps)
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
                  "Trains what a config says on its [data.train], or the stages of a recipe one "
                  "after the other.\nStopped in whatever way, it goes on with --resume. Started by "
                  "torchrun, mpirun or "
                  "srun, the processes\nshare the batch.");
  ModelOptions model(options, true);
  options.option("out", "DIR", &out, "the folder of the run: checkpoints/, scalars.jsonl, eval/")
      .flag("resume", &request.resume,
            "go on from the newest whole checkpoint in --out; there must be one")
      .option("allow", "KEY", &request.allowed,
              "with --resume: this may differ from the checkpoint (train.steps, data, plugins, "
              "world); may be given often")
      .flag("dry-run", &dry_run, "work through one batch, print what it takes, and write nothing")
      .option("overfit", "N", &request.overfit,
              "train on the first N samples again and again, without chance: the loss must fall")
      .option("replay", "FILE", &replay,
              "work through the refused_batch.safetensors that a training stopped at")
      .example("clipwork train clipwork:minvis/ytvis2019_r50.toml --weights coco.pth --out runs/a",
               "trains, evaluates, and keeps the last and the best weights")
      .example("clipwork train a.toml --out runs/a --resume", "goes on where it was stopped")
      .example("torchrun --no-python --nproc-per-node 4 clipwork train a.toml --out runs/a",
               "trains with four processes, which share the batch");
  if (!options.parse(arguments)) return 0;
  if (request.overfit < 0) throw InputError("--overfit takes a number of samples");
  if (!request.allowed.empty() && !request.resume) {
    throw InputError("--allow belongs to --resume");
  }
  request.config = model.config();
  request.command = "clipwork train";
  for (const std::string& word : arguments) request.command += " " + word;
  const bool writes = !dry_run && !replay;
  if (!writes && (out || request.resume || (dry_run && replay))) {
    throw InputError("--dry-run and --replay write nothing and stand alone", {},
                     "leave out --out and --resume");
  }
  if (writes && !out) throw InputError("--out is missing", {}, "name a folder for the run");
  request.out = out.value_or("");
  const ProcessPlace place = writes ? process_place() : ProcessPlace();
  const std::unique_ptr<Communicator> world = make_communicator(place);
  request.world = world.get();
  request.local_rank = place.local_rank;
  // Of what all would say, process 0 says it.
  if (world->rank() > 0 && log_level() == LogLevel::info) set_log_level(LogLevel::error);
  request.evaluated = [](const runs::DatasetRunReport& report) { print(report); };
  if (const std::optional<runs::Recipe> recipe = runs::read_recipe(model.config())) {
    if (!writes) {
      throw InputError("is a recipe of stages", model.config(),
                       "give the config of one of them to --dry-run or --replay");
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
    print(runs::try_training(config, request.overfit));
  } else {
    return exit_code(train(request, config));
  }
  return 0;
}

}  // namespace

const Verb kTrain = {"train", "trains a model, and goes on where it was stopped", run};

}  // namespace clipwork::cli
