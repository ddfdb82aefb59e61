#pragma once
// The loop in training: the same windows, with a loss at their end.

#include <clipwork/api.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/loss.h>

#include <string>
#include <vector>

namespace clipwork {

/// Runs batches through a pipeline that was assembled for training. A batch's frames are encoded at
/// once, its windows are decoded in order, and gradients flow through all that is carried from one
/// to the next. A tracker takes part if its contract says so; a decoder that learns from
/// observations is told the truth. Windows of one frame that do not depend on each other are one
/// batch, as if every frame were a sample.
class CLIPWORK_API Learner {
 public:
  /// The pipeline outlives it. Throws Error where it was not assembled for training.
  explicit Learner(const Pipeline& pipeline);

  /// The loss of a batch. Draws come from `random`; `listener` hears the taps. Throws NotFinite
  /// where the loss is not a number, naming the first such term and the batch's videos. Components
  /// of `train.recompute` are called again in the backward pass, which `world` must live to see,
  /// but not where a listener may replace what they compute.
  LossResult operator()(const Batch& batch, Generators& random, Communicator& world,
                        TapListener* listener = nullptr) const;

  /// The parameters that take part in training, in the order of the components.
  const std::vector<NamedParameter>& parameters() const { return parameters_; }

 private:
  Sequence run(const Batch& batch, Context& context, TapListener* listener) const;
  const Pipeline::Implementation& parts() const;
  const Pipeline& pipeline_;
  std::vector<NamedParameter> parameters_;
};

}  // namespace clipwork
