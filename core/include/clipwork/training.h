#pragma once
// What `[train]` says: which parts of the model learn, how, on what, and what is kept of it.

#include <clipwork/optimizer.h>
#include <clipwork/parameters.h>
#include <clipwork/schedule.h>

#include <cstdint>
#include <string>
#include <vector>

namespace clipwork {

/// `[train]`
struct TrainSection {
  /// Regular expressions searched in full parameter names. Trained is what one of `only` is found
  /// in (all, where it is empty), and none of `freeze`.
  std::vector<std::string> only, freeze;
  /// Regular expressions searched in names of modules ("backbone.res2.0.conv1.norm") that stay in
  /// evaluation mode: their norms keep their statistics, while weights may learn.
  std::vector<std::string> evaluate;
  OptimizerSection optimizer;
  ScheduleSection schedule;
  int64_t steps = 0;
  int64_t batch = 1;       ///< samples a step, of all processes and parts together
  int64_t accumulate = 1;  ///< parts that a process works through one after the other
  /// The batch that the rate is meant for (0: `batch`), and whether the rate follows it.
  int64_t recipe_batch = 0;
  bool scale_rate = false;
  std::string precision = "float";  ///< float | bfloat16
  /// Components whose activations are computed again in the backward pass: backbone, pixel_decoder
  std::vector<std::string> recompute;
  double average = 0;  ///< decay of the weights' average; 0: none is kept
  int64_t workers = 2;
  int64_t checkpoint_every = 1000, evaluate_every = 0, log_every = 20, keep = 2;
  std::string best = "AP";  ///< the measure that the best checkpoint has most of
  /// What these weights are, as a later stage asks for them, and what they must start from.
  std::string stage, parent;
  void describe(Describer& d);

  /// What the rate is multiplied by because of the batch.
  double rate_scale() const;
  /// Samples of one forward pass. Throws InputError where the batch cannot be divided so.
  int64_t part_of_batch(int64_t processes) const;
};

/// Puts modules into training or evaluation mode, and takes gradients from frozen parameters.
/// Throws InputError where a pattern is no regular expression or finds nothing.
void set_training(const std::vector<Component*>& components, const TrainSection& section);

}  // namespace clipwork
