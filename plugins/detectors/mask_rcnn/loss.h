#pragma once
#include <clipwork/loss.h>
#include <clipwork/ref.h>

#include <vector>

#include "mask_rcnn.h"

namespace clipwork::mask_rcnn {

struct LossParameters {
  /// That of the decoder, by default.
  Ref<Detector> detector;
  int64_t level_proposals = 2000, proposals = 1000;
  int64_t anchor_samples = 256, samples = 512;
  double anchor_share = 0.5, share = 0.25;
  double proposal_weight = 1, class_weight = 1, box_weight = 1, mask_weight = 1;
  Refs<LossTerm> terms;
  LossParameters() { detector.config = "@model.decoder.detector"; }
  void describe(Describer& d);
};

/// Mask R-CNN's losses, each frame on its own over the batch, then the mean over frames: objectness
/// and boxes of sampled anchors (loss_rpn_cls, loss_rpn_loc), class and boxes of sampled proposals
/// (loss_cls, loss_box_reg), and the masks of those with an object (loss_mask). Further terms
/// (IAI's ids, MaskTrack R-CNN's tracks) read the sampled proposals, video by video: matches are
/// pairs of a sampled proposal and an object, and the prediction has "dense.rois.NAME_logits" [1,
/// channels, 1, R] of requested branches, `embeddings` [1, R, C], and "truth.embeddings" [1, N, C]
/// of the objects' own boxes with "truth.known" bool [1, N].
class MaskRcnnLoss : public Loss {
 public:
  using Parameters = LossParameters;
  static Contract contract(const Parameters&, const Given&);
  MaskRcnnLoss(const Parameters& parameters, const Given&);
  LossResult operator()(const Sequence& sequence, std::span<const Targets> targets,
                        Context& context) override;

 private:
  struct Frame;
  struct SampledRois;
  struct FrameLosses {
    Tensor objectness, anchor_boxes, classes, boxes, masks;
  };
  /// Losses of one frame of all videos; adds what terms read to each video's layer.
  FrameLosses frame_losses(const Frame& frame, std::vector<Layer>& layers, Context& context);
  void add_proposal_losses(const Frame& frame, FrameLosses& losses, Context& context) const;
  void add_box_losses(const Frame& frame, FrameLosses& losses, std::vector<Layer>& layers,
                      Context& context);
  Tensor mask_loss(const Frame& frame, const Rois& positives, const Tensor& classes,
                   const std::vector<SampledRois>& samples) const;
  /// What terms read of one frame of a video, whose sampled proposals are rows of `outputs` from
  /// `first` on and `pooled` in the maps.
  Matched matched(const Frame& frame, size_t video, const SampledRois& sample, const Tensor& pooled,
                  const Network::BoxOutputs& outputs, int64_t first, Context& context) const;

  LossParameters parameters_;
  MaskRcnn& detector_;
};

}  // namespace clipwork::mask_rcnn
