#pragma once
// Loss terms, and the matched predictions that they compare with the truth.

#include <clipwork/api.h>
#include <clipwork/assignment.h>
#include <clipwork/component.h>
#include <clipwork/targets.h>

#include <memory>
#include <optional>
#include <vector>

namespace clipwork {

/// Mask values of matched pairs and their labels, at points.
struct MaskPoints {
  /// [M, F, P], with gradient; F: frames, or 1 where points are chosen over the clip.
  Tensor logits;
  Tensor labels;   ///< [M, F, P] in [0, 1]
  Tensor present;  ///< bool [M, T]: the object is in the frame
};

/// One layer's prediction of a clip (or of all frames) with what it was matched to.
struct Matched {
  std::shared_ptr<const ClipPrediction> prediction;
  int64_t first = 0;  ///< the clip's first frame in the sample
  /// One a sample, the clip's frames; entry b of the batch has targets[b mod samples].
  std::vector<Targets> targets;
  /// One a batch entry: rows of the prediction, columns of its targets. A row may stand twice.
  std::vector<Assignment> matches;
  double normaliser = 1;             ///< what sums over objects are divided by; at least 1
  std::optional<MaskPoints> points;  ///< of all pairs, batch-major, where a term wants them

  const Targets& targets_of(size_t entry) const { return targets[entry % targets.size()]; }
};

/// One supervised layer, all clips.
struct Layer {
  static constexpr int kFinal = -1;
  int index = kFinal;          ///< auxiliary layer 0, 1, ...; kFinal: the last
  std::vector<Matched> clips;  ///< in order
  /// The frames' own layers, where frames are matched too: those that the clips are made from,
  /// first to last.
  std::vector<Matched> frames;
};

/// A summand of the loss. Parameters of its `weights()` are initialised, loaded, trained and saved
/// with the model's, under the names of `weight_names()`; inference does without them.
class CLIPWORK_API LossTerm : public Component {
 public:
  static constexpr const char* kKind = "loss_term";
  explicit LossTerm(double weight) : weight_(weight) {}
  ~LossTerm() override;
  /// One scalar a clip, or a single one where the term spans them, unweighted; none where the layer
  /// has no such loss.
  virtual std::vector<Tensor> operator()(const Layer& layer, Context& context) = 0;
  /// True if `Matched::points` must be filled.
  virtual bool wants_points() const;
  double weight() const { return weight_; }

 private:
  double weight_;
};

}  // namespace clipwork
