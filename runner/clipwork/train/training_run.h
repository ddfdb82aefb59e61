#pragma once
// `clipwork train CONFIG`: a training from its config to its last checkpoint.

#include <clipwork/context.h>
#include <clipwork/error.h>
#include <clipwork/host/config.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::cli {

struct TrainRequest {
  Communicator* world = nullptr;  ///< of all processes that train together
  int local_rank = 0;             ///< among those of this machine
  std::string config;             ///< as it was typed
  std::string command;            ///< the whole command line, for command.txt
  std::string out;
  bool resume = false;
  std::vector<std::string> allowed;  ///< what may differ from the checkpoint that is resumed
  int64_t overfit = 0;
};

/// Trains into `out` until `train.steps` are done or a signal comes.
ExitCode run_training(const TrainRequest& request, const Config& config);

/// Builds, works through one batch and one video of the evaluation, and prints what it takes.
ExitCode dry_run_training(const TrainRequest& request, const Config& config);

/// Works through a batch that training stopped at, with the weights of that moment.
ExitCode replay_batch(const std::string& file, const Config& config);

}  // namespace clipwork::cli
