// clipwork train

#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/host/processes.h>

#include "cli/model_options.h"
#include "cli/verb.h"
#include "train/training_recipe.h"
#include "train/training_run.h"

namespace clipwork::cli {

int run_train(const std::vector<std::string>& arguments) {
  TrainRequest request;
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
      .flag("dry-run", &dry_run, "process one batch, print its cost, and write nothing")
      .option("overfit", "N", &request.overfit,
              "train on the first N samples repeatedly, without randomness: the loss must fall")
      .option("replay", "FILE", &replay,
              "process the refused_batch.safetensors at which a training stopped")
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
  if (!writes && (out || request.resume || (dry_run && replay))) {
    throw InputError(
        "--dry-run and --replay write nothing and cannot be combined with --out or --resume", {},
        "remove --out and --resume");
  }
  if (writes && !out) throw InputError("--out is missing", {}, "choose a folder for the run");
  request.out = out.value_or("");
  const ProcessPlace place = writes ? process_place() : ProcessPlace();
  const std::unique_ptr<Communicator> world = make_communicator(place);
  request.world = world.get();
  request.local_rank = place.local_rank;
  // Only process 0 prints messages that all processes would print.
  if (world->rank() > 0 && log_level() == LogLevel::info) set_log_level(LogLevel::error);
  if (const std::optional<Recipe> recipe = read_recipe(model.config())) {
    if (!writes) {
      throw InputError("is a recipe of stages", model.config(),
                       "use the config of one of them with --dry-run or --replay");
    }
    return static_cast<int>(run_recipe(*recipe, request, model, options));
  }
  const Config config = model.load(options);
  if (replay) return static_cast<int>(replay_batch(*replay, config));
  return static_cast<int>(dry_run ? dry_run_training(request, config)
                                  : run_training(request, config));
}

}  // namespace clipwork::cli
