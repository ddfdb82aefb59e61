#pragma once
// Losses: a rule that matches predictions with the truth, and the terms that it sums up.

#include <clipwork/api.h>
#include <clipwork/error.h>
#include <clipwork/loss_term.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clipwork {

/// The predictions of the loop for a batch of B videos.
struct Sequence {
  /// A window after tracking; its prediction has batch copies x B, copy-major.
  struct Clip {
    int64_t first = 0, frames = 0;  ///< of the sample
    std::shared_ptr<const ClipPrediction> prediction;
  };
  std::vector<Clip> clips;
  /// The prediction for all frames, batch B x T with frames inner, where `encode` makes one; else
  /// null.
  std::shared_ptr<const ClipPrediction> frames;
};

struct LossValue {
  std::string name;  ///< "loss_ce", "loss_vita_mask_0", "loss_genvis_dice_clip2"
  Tensor value;      ///< scalar, unweighted
  double weight = 1;
};

struct LossResult {
  std::vector<LossValue> terms;
  /// The last layer, then the auxiliary ones; so that losses can wrap one another.
  std::vector<Layer> layers;
  /// The weighted sum.
  Tensor total() const;
  /// The terms' values, unweighted, read with one wait for the device.
  std::vector<double> values() const;
};

/// The contract of a loss that is the sum of parts that the config names.
struct CLIPWORK_API LossContract : Contract {
  ~LossContract() override;
  /// There are no parts, or none with a weight: nothing would be trained.
  bool empty = false;
};

/// A matching rule over predictions, and what it costs.
class CLIPWORK_API Loss : public Component {
 public:
  static constexpr const char* kKind = "loss";
  ~Loss() override;
  /// `targets`: one a video, masks at padded size. Throws NotFinite at the first prediction that is
  /// not a number.
  virtual LossResult operator()(const Sequence& sequence, std::span<const Targets> targets,
                                Context& context) = 0;
};

/// A tensor that training cannot go on with.
class CLIPWORK_API NotFinite : public Error {
 public:
  NotFinite(std::string tensor, std::string where);
  NotFinite(const NotFinite&);
  ~NotFinite() override;
};

/// Objects of all processes over the number of processes, at least 1: with gradients averaged over
/// processes, a division by it is a mean over the global batch.
double object_normaliser(int64_t objects, Communicator& world);

}  // namespace clipwork
