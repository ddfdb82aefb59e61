#pragma once
// Trainings from a config to the last checkpoint, with periodic evaluations, logs of scalars and
// resumption. `clipwork train CONFIG` is this.

#include <clipwork/context.h>
#include <clipwork/host/config.h>
#include <clipwork/host/trainer.h>
#include <clipwork/runs/dataset_run.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::runs {

struct TrainingRequest {
  /// All processes that train together (`make_communicator`); it outlives the run.
  Communicator* world = nullptr;
  int local_rank = 0;                ///< among those of this machine
  std::string config;                ///< what the config is called, for people
  std::string command;               ///< how the training was started, for command.txt
  std::string out;                   ///< the folder of the run
  bool resume = false;               ///< go on from the newest whole checkpoint in `out`
  std::vector<std::string> allowed;  ///< what may differ from the checkpoint that is resumed
  int64_t overfit = 0;               ///< train on this many samples again and again; 0: on all
  bool strict = false;               ///< faults of the data are errors, not warnings
  /// Called after every step, in process 0.
  std::function<void(const StepReport&)> stepped;
  /// Called with every evaluation, in process 0.
  std::function<void(const DatasetRunReport&)> evaluated;
};

/// The outcome of a training.
struct TrainingReport {
  std::filesystem::path folder;
  int64_t steps = 0, of = 0;    ///< done, and to be done
  bool interrupted = false;     ///< `stop` said so
  std::string best_measure;     ///< train.best
  std::optional<int64_t> best;  ///< the step whose weights measured best so far
};

/// A training that is ready: data, model and the checkpoint to go on from are open, and everything
/// that can be refused was.
class TrainingRun {
 public:
  /// Throws InputError with what is wrong with the config, its data, its weights or the checkpoint.
  /// Writes nothing yet.
  TrainingRun(const TrainingRequest& request, const Config& config);
  ~TrainingRun();
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  /// Trains until `train.steps` are done, or until `stop`, which is asked after every step, says
  /// true in any of the processes: then a checkpoint is written, and a later run can go on from it.
  /// Throws what ended the training before its end, NotFinite among others, after everything was
  /// written that can be. To be called once.
  TrainingReport run(const std::function<bool()>& stop = {});

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// The time and memory a training would take, measured on one batch. Nothing is written.
struct TrainingTrial {
  TrainSection section;
  int64_t trained = 0, frozen = 0;      ///< numbers of parameters
  std::vector<int64_t> sample;          ///< shape of the first sample's frames, [T, 3, H, W]
  std::string windows;                  ///< of the first sample: "5 of 3 frames each"
  StepReport step;                      ///< losses and seconds
  int64_t bytes = 0, bytes_before = 0;  ///< of memory at most, with the batch and before it
  bool evaluated = false;               ///< one video of [data.eval] went through as well
  std::string resumed;                  ///< the checkpoint that would be continued; empty: none
};
/// Throws InputError for whatever TrainingRun refuses; without `request.out`, the folder is not
/// checked. `request.world` is not used.
TrainingTrial try_training(const TrainingRequest& request, const Config& config);

/// A batch that a training stopped at, worked through again with the weights of that moment.
struct BatchReplay {
  StepReport step;             ///< its losses now
  std::string where, problem;  ///< what had stopped the training
};
/// `file`: the refused_batch.safetensors of the training. Throws NotFinite where the batch still
/// stops it.
BatchReplay replay_batch(const std::string& file, const Config& config);

}  // namespace clipwork::runs
