#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

namespace clipwork::terms {

/// The reduction of a pair's masks, one for each frame, to one number.
struct MaskTermParameters {
  double weight = 5;
  /// One mask is an object in a frame, or its volume over the clip.
  enum class Over { frame, volume } over = Over::frame;
  /// The sum of all frames, their mean, or the sum of those that show the object.
  enum class Frames { sum, mean, present } frames = Frames::sum;
  void describe(Describer& d);
};

/// A loss of matched masks at points: a number a row of points, summed over pairs, divided by the
/// number of objects. A row is one frame of a pair, or its whole clip (`over`).
class MaskTerm : public LossTerm {
 public:
  using Parameters = MaskTermParameters;
  static Contract contract(const Parameters&, const Given&);
  explicit MaskTerm(const Parameters& p) : LossTerm(p.weight), parameters_(p) {}
  std::vector<Tensor> operator()(const Layer& layer, Context& context) final;
  bool wants_points() const final;

 protected:
  /// [R] of logits and labels [R, P].
  virtual Tensor rows(const Tensor& logits, const Tensor& labels) const = 0;

 private:
  Parameters parameters_;
};

/// Binary cross entropy, the mean over points (Mask2Former, `sigmoid_ce_loss`).
class CrossEntropyTerm : public MaskTerm {
 public:
  CrossEntropyTerm(const Parameters& p, const Given&) : MaskTerm(p) {}

 private:
  Tensor rows(const Tensor& logits, const Tensor& labels) const override;
};

/// 1 - (2 |p y| + 1) / (|p| + |y| + 1) (Mask2Former, `dice_loss`).
class DiceTerm : public MaskTerm {
 public:
  DiceTerm(const Parameters& p, const Given&) : MaskTerm(p) {}

 private:
  Tensor rows(const Tensor& logits, const Tensor& labels) const override;
};

}  // namespace clipwork::terms
