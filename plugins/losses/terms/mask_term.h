#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

#include <string>

/// How the masks of a pair, one a frame, become one number.
struct MaskTermParameters {
  double weight = 5;
  std::string over = "frame", frames = "sum";
  void describe(clipwork::Describer& d);
};

/// A loss of matched masks at points: a number a row of points, summed over pairs, divided by the
/// number of objects. A row is one frame of a pair, or its whole clip (`over`).
class MaskTerm : public clipwork::LossTerm {
 public:
  using Parameters = MaskTermParameters;
  static clipwork::Contract contract(const Parameters&, const clipwork::Given&);
  explicit MaskTerm(const Parameters& p) : LossTerm(p.weight), parameters_(p) {}
  std::vector<clipwork::Tensor> operator()(const clipwork::Layer& layer,
                                           clipwork::Context& context) final;
  bool wants_points() const final;

 protected:
  /// [R] of logits and labels [R, P].
  virtual clipwork::Tensor rows(const clipwork::Tensor& logits,
                                const clipwork::Tensor& labels) const = 0;

 private:
  Parameters parameters_;
};

/// Binary cross entropy, the mean over points (Mask2Former, `sigmoid_ce_loss`).
class CrossEntropyTerm : public MaskTerm {
 public:
  CrossEntropyTerm(const Parameters& p, const clipwork::Given&) : MaskTerm(p) {}

 private:
  clipwork::Tensor rows(const clipwork::Tensor& logits,
                        const clipwork::Tensor& labels) const override;
};

/// 1 - (2 |p y| + 1) / (|p| + |y| + 1) (Mask2Former, `dice_loss`).
class DiceTerm : public MaskTerm {
 public:
  DiceTerm(const Parameters& p, const clipwork::Given&) : MaskTerm(p) {}

 private:
  clipwork::Tensor rows(const clipwork::Tensor& logits,
                        const clipwork::Tensor& labels) const override;
};
