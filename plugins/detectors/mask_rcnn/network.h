#pragma once
#include <clipwork/detector.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/linear.h>

#include <memory>
#include <string>
#include <vector>

#include "parameters.h"
#include "roi_align.h"

namespace clipwork::mask_rcnn {

/// Boxes in pixels of the padded picture, and the frame of the batch that each is in.
struct Rois {
  Tensor boxes;   ///< float [R, 4]
  Tensor images;  ///< int64 [R]

  int64_t count() const { return boxes.size(0); }
  Rois index_select(const Tensor& rows) const {
    return {boxes.index_select(0, rows), images.index_select(0, rows)};
  }
};

/// Feature pyramid, proposal head, box head and mask head. Module names are detectron2's; those of
/// torchvision come from `weight_names`.
class Network : public torch::nn::Module {
 public:
  /// `inputs`: the channels of res2, res3, res4, res5.
  Network(const Parameters& parameters, int64_t classes, const std::vector<int64_t>& inputs,
          const std::vector<DetectorRequest::Branch>& branches);

  /// Maps [N, c, h, w] of strides 4 to 32 to p2, ..., p6 [N, channels, h, w].
  std::vector<Tensor> pyramid(const std::vector<Tensor>& maps);
  struct Proposing {
    Tensor objectness;  ///< logits [N, A, h, w]
    Tensor deltas;      ///< [N, 4 A, h, w], the four of an anchor together
  };
  Proposing propose(const Tensor& map);

  /// p2 to p5 in boxes: [R, channels, size, size], each box from the level that its area calls for
  /// (Lin et al., Feature Pyramid Networks, equation 1).
  Tensor pool(const std::vector<Tensor>& levels, const Rois& rois, const RoiAlign& align) const;
  int64_t classes() const { return classes_; }
  RoiAlign box_align() const { return align(parameters_.box_size); }
  RoiAlign mask_align() const { return align(parameters_.mask_size); }

  struct BoxOutputs {
    Tensor class_logits;  ///< [R, K + 1], the background last
    Tensor deltas;        ///< [R, K, 4]
    Tensors branches;     ///< the requested branches' logits by name, [R, channels]
  };
  /// From `pool` with `box_align`.
  BoxOutputs boxes(const Tensor& pooled);
  /// Logits [R, K, 2 mask_size, 2 mask_size] from `pool` with `mask_align`.
  Tensor masks(const Tensor& pooled);

  static WeightNames weight_names(const Parameters& parameters);

 private:
  struct Branch {
    std::string name;
    std::shared_ptr<Mlp> layers;
  };
  RoiAlign align(int64_t size) const;
  /// The classes' rows of outputs that torchvision also has for the background.
  Tensor of_classes(const Tensor& outputs, int64_t dimension) const;
  /// Logits of the classes and, last, of the background and all rows that are no class.
  Tensor with_background_last(const Tensor& scores) const;

  Parameters parameters_;
  int64_t classes_;
  std::vector<std::shared_ptr<Conv>> laterals_, outputs_, mask_tower_;
  std::shared_ptr<Conv> proposal_conv_, objectness_, anchor_deltas_, mask_predictor_;
  std::shared_ptr<Linear> fc1_, fc2_, class_score_, box_deltas_;
  std::vector<Branch> branches_;
  Tensor deconvolution_, deconvolution_bias_;
  Tensor class_rows_, other_rows_;  ///< int64, of torchvision's heads
};

}  // namespace clipwork::mask_rcnn
