#pragma once
#include <clipwork/detector.h>

#include <memory>
#include <vector>

#include "network.h"
#include "parameters.h"

namespace clipwork::mask_rcnn {

/// Mask R-CNN (He et al., ICCV 2017) with a feature pyramid. Dense outputs, by level p2, ..., p6:
/// "p2.objectness" [N, A, h, w] (logits) and "p2.anchor_deltas" [N, 4 A, h, w]; and the maps "p2"
/// to "p5" [N, C, h, w], which the box head and the mask head read in proposals. A requested branch
/// follows the box head's hidden layers.
class MaskRcnn : public Detector {
 public:
  using Parameters = mask_rcnn::Parameters;

  static DetectorContract contract(const Parameters& p, const Given& given);
  MaskRcnn(const Parameters& p, const Given& given);

  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return Network::weight_names(parameters_); }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }
  void request(const DetectorRequest& request) override;
  Tensors dense(const std::vector<FeatureMap>& maps) override;
  ClipPrediction select(const Tensors& dense, const Geometry& geometry, const Rank& rank) override;

  const Parameters& parameters() const { return parameters_; }
  Network& network() { return *network_; }

 private:
  Parameters parameters_;
  Given given_;
  std::shared_ptr<Network> network_;
};

/// The maps "p2" to "p5" of dense outputs.
std::vector<Tensor> roi_maps(const Tensors& dense);

}  // namespace clipwork::mask_rcnn
