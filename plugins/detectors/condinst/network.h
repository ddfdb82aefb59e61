#pragma once
#include <clipwork/detector.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>

#include <memory>
#include <string>
#include <vector>

#include "parameters.h"

namespace clipwork::condinst {

/// Feature pyramid, shared towers and mask branch. Module names become mmdetection's
/// (neck.*, bbox_head.*) by `published_names`.
class Network : public torch::nn::Module {
 public:
  /// `inputs`: the channels of res3, res4, res5.
  Network(const Parameters& parameters, int64_t classes, const std::vector<int64_t>& inputs,
          const std::vector<DetectorRequest::Branch>& branches);

  /// Maps [N, c, h, w] of strides 8, 16, 32 to P3, P4, ... [N, channels, h, w].
  std::vector<Tensor> pyramid(const std::vector<Tensor>& maps);
  /// The outputs for one level: class_logits [N, K, h, w], NAME_logits of the branches, boxes [N,
  /// 4, h, w] (distances in pixels to left, top, right, bottom), centerness [N, 1, h, w], kernels
  /// [N, kernel_size, h, w], features [N, head_channels, h, w] (the input of the controller).
  Tensors head(const Tensor& map, int64_t level);
  /// [N, mask_out, h, w] from P3, P4, P5.
  Tensor mask_features(const std::vector<Tensor>& pyramid);

  static std::vector<WeightNames::Rename> published_names();

 private:
  using Tower = std::vector<std::shared_ptr<Conv>>;
  Tower make_tower(const std::string& name, int64_t convolutions);
  std::shared_ptr<Conv> make_predictor(const std::string& name, const Tower& tower,
                                       int64_t outputs);

  struct Branch {
    std::string name;
    Tower tower;
    std::shared_ptr<Conv> predictor;
  };
  Parameters parameters_;
  Tower laterals_, outputs_, class_tower_, box_tower_, refine_, mask_head_;
  std::shared_ptr<Conv> classes_, boxes_, centerness_, controller_;
  std::vector<Branch> branches_;
  std::vector<Tensor> scales_;
};

}  // namespace clipwork::condinst
