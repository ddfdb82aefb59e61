#pragma once
// What `[train]` says of the model: which parts learn, and how.

#include <clipwork/optimizer.h>
#include <clipwork/parameters.h>

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
  void describe(Describer& d);
};

/// Puts modules into training or evaluation mode, and takes gradients from frozen parameters.
/// Throws InputError where a pattern is no regular expression or finds nothing.
void set_training(const std::vector<Component*>& components, const TrainSection& section);

}  // namespace clipwork
