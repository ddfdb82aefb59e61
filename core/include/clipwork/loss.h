#pragma once
// Losses: a rule that matches predictions with the truth, and the terms that it sums up.

#include <clipwork/assignment.h>
#include <clipwork/component.h>
#include <clipwork/error.h>
#include <clipwork/targets.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace clipwork {

/// What the loop made of a batch of B videos.
struct Sequence {
  /// A window after tracking; its prediction has batch copies x B, copy-major.
  struct Clip {
    int64_t first = 0, frames = 0;  ///< of the sample
    std::shared_ptr<const ClipPrediction> prediction;
  };
  std::vector<Clip> clips;
  /// Of all frames, batch B x T with frames inner, where `encode` predicts; else null.
  std::shared_ptr<const ClipPrediction> frames;
};

/// Mask values of matched pairs and their labels, at points.
struct MaskPoints {
  Tensor
      logits;  ///< [M, F, P], with gradient; F: frames, or 1 where points are chosen over the clip
  Tensor labels;   ///< [M, F, P] in [0, 1]
  Tensor present;  ///< bool [M, T]: the object is in the frame
};

/// One layer's prediction of a clip (or of all frames) with what it was matched to.
struct Matched {
  std::shared_ptr<const ClipPrediction> prediction;
  int64_t first = 0;             ///< the clip's first frame in the sample
  std::vector<Targets> targets;  ///< one a sample, the clip's frames; entry b of the batch has
                                 ///< targets[b mod samples]
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
  /// Where frames are matched too: their layers that the clips are made from, first to last.
  std::vector<Matched> frames;
};

/// A summand of the loss.
class __attribute__((visibility("default"))) LossTerm : public Component {
 public:
  static constexpr const char* kKind = "loss_term";
  explicit LossTerm(double weight) : weight_(weight) {}
  ~LossTerm() override;
  /// One scalar a clip, or a single one where the term spans them, unweighted; none where the layer
  /// has no such loss.
  virtual std::vector<Tensor> operator()(const Layer& layer, Context& context) = 0;
  /// Whether `Matched::points` must be filled.
  virtual bool wants_points() const;
  double weight() const { return weight_; }

 private:
  double weight_;
};

struct LossValue {
  std::string name;  ///< "loss_ce", "loss_vita_mask_0", "loss_genvis_dice_clip2"
  Tensor value;      ///< scalar, unweighted
  double weight = 1;
};

struct LossResult {
  std::vector<LossValue> terms;
  std::vector<Layer> layers;  ///< the last layer, then the auxiliary ones; so that losses can wrap
                              ///< one another
  /// The weighted sum.
  Tensor total() const;
};

/// A matching rule over predictions, and what it costs.
class __attribute__((visibility("default"))) Loss : public Component {
 public:
  static constexpr const char* kKind = "loss";
  ~Loss() override;
  /// `targets`: one a video, masks at padded size. Throws NotFinite at the first prediction that is
  /// not a number.
  virtual LossResult operator()(const Sequence& sequence, std::span<const Targets> targets,
                                Context& context) = 0;
};

/// A tensor that training cannot go on with.
class __attribute__((visibility("default"))) NotFinite : public Error {
 public:
  NotFinite(std::string tensor, std::string where);
  NotFinite(const NotFinite&);
  ~NotFinite() override;
};

/// Objects of all processes over the number of processes, at least 1: with gradients averaged over
/// processes, a division by it is a mean over the global batch.
double object_normaliser(int64_t objects, Communicator& world);

}  // namespace clipwork
