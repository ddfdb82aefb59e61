#pragma once
#include <clipwork/detector.h>
#include <clipwork/loss.h>
#include <clipwork/ref.h>

#include "parameters.h"
#include "point_targets.h"

namespace clipwork::condinst {

struct LossParameters {
  /// That of the decoder, by default.
  Ref<Detector> detector;
  double radius = 1.5;
  std::vector<int64_t> ranges = {64, 128, 256, 512};
  double class_weight = 1, box_weight = 1, centerness_weight = 1, mask_weight = 1;
  Refs<LossTerm> terms;
  LossParameters() { detector.config = "@model.decoder.detector"; }
  void describe(Describer& d);
};

/// CondInst's losses of dense outputs, each frame on its own over the batch, then the mean over
/// frames: focal loss of classes, GIoU of boxes, centre-ness, and dice of the dynamic masks of all
/// positive points (IAI's reading). Matches are pairs of a point, counted over all levels, and an
/// object; further terms (IAI's ids) read them. A term that needs "matched.embeddings" also finds
/// the box tower's features: of all points as `embeddings` [B, P, C], and their mean over the
/// points of each object as "truth.embeddings" [B, N, C], with "truth.known" bool [B, N]. Names:
/// loss_cls, loss_bbox, loss_centerness, loss_mask.
class CondInstLoss : public Loss {
 public:
  using Parameters = LossParameters;
  static Contract contract(const Parameters& p, const Given&);
  CondInstLoss(const Parameters& parameters, const Given&);
  LossResult operator()(const Sequence& sequence, std::span<const Targets> targets,
                        Context& context) override;

 private:
  struct FrameLosses {
    Tensor classes, boxes, centerness, masks;
  };
  PointLevels levels_of(const ClipPrediction& prediction) const;
  FrameLosses frame_losses(const Matched& matched, const std::vector<PointTargets>& positives,
                           const PointLevels& levels, Context& context) const;
  Tensor mask_loss(const Matched& matched, const std::vector<PointTargets>& positives,
                   const PointLevels& levels) const;
  /// The prediction with what a term finds that needs "matched.embeddings".
  std::shared_ptr<const ClipPrediction> with_embeddings(
      const Matched& matched, const std::vector<PointTargets>& positives) const;
  /// The outputs of all levels, [B, P, C].
  Tensor join(const ClipPrediction& prediction, const std::string& name) const;

  LossParameters parameters_;
  condinst::Parameters detector_;
  bool terms_need_embeddings_ = false;
};

}  // namespace clipwork::condinst
