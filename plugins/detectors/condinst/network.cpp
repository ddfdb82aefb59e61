#include "network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <clipwork/error.h>
#include <clipwork/tap.h>
#include <clipwork/upsample.h>

#include <cmath>

namespace clipwork::condinst {

namespace {

/// Maps of the backbone that the pyramid starts from, and levels that the mask branch joins.
constexpr int64_t kBackboneLevels = 3;
/// Probability of a class at the start of a training (RetinaNet).
constexpr double kClassPrior = 0.01;

/// The bias at which a sigmoid of zero-mean outputs is `prior`.
void set_prior(Conv& predictor, double prior) {
  predictor.named_parameters()["bias"].detach().fill_(std::log(prior / (1 - prior)));
}

ConvOptions plain(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1) {
  ConvOptions options;
  options.in = in;
  options.out = out;
  options.kernel = kernel;
  options.stride = stride;
  options.padding = kernel / 2;
  options.bias = true;
  return options;
}

/// A 3x3 convolution with norm and ReLU.
ConvOptions normed(int64_t in, int64_t out, ConvOptions::Norm norm, int64_t groups = 1) {
  ConvOptions options = plain(in, out, 3);
  options.bias = false;
  options.norm = norm;
  options.norm_groups = groups;
  options.activation = Activation::relu;
  return options;
}

Tensor through(const std::vector<std::shared_ptr<Conv>>& tower, Tensor x) {
  for (const auto& convolution : tower) x = convolution->forward(x);
  return x;
}

}  // namespace

Network::Network(const Parameters& p, int64_t classes, const std::vector<int64_t>& inputs,
                 const std::vector<DetectorRequest::Branch>& branches)
    : parameters_(p) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    laterals_.push_back(make_child<Conv>(*this, cat("neck.lateral_convs.", i, ".conv"),
                                         plain(inputs[i], p.channels, 1)));
  }
  for (int64_t level = 0; level < p.levels(); ++level) {
    int64_t stride = level < kBackboneLevels ? 1 : 2;
    outputs_.push_back(make_child<Conv>(*this, cat("neck.fpn_convs.", level, ".conv"),
                                        plain(p.channels, p.channels, 3, stride)));
  }
  class_tower_ = make_tower("cls_convs", p.convolutions);
  box_tower_ = make_tower("reg_convs", p.convolutions);
  classes_ = make_predictor("conv_cls", class_tower_, classes);
  set_prior(*classes_, kClassPrior);
  boxes_ = make_predictor("conv_reg", box_tower_, 4);
  centerness_ = make_predictor("conv_centerness", box_tower_, 1);
  controller_ = make_predictor("controller", box_tower_, p.kernel_size());
  for (const auto& branch : branches) {
    Tower tower = make_tower(branch.name + "_convs", branch.convolutions - 1);
    auto predictor = make_predictor("conv_" + branch.name, tower, branch.channels);
    set_prior(*predictor, branch.prior);
    branches_.push_back({branch.name, std::move(tower), std::move(predictor)});
  }
  for (int64_t level = 0; level < p.levels(); ++level) {
    auto scale = std::make_shared<torch::nn::Module>();
    scales_.push_back(make_parameter(*scale, "scale", {}));
    scales_.back().detach().fill_(1);
    add_child(*this, cat("bbox_head.scales.", level), scale);
  }
  for (int64_t i = 0; i < kBackboneLevels; ++i) {
    refine_.push_back(
        make_child<Conv>(*this, cat("bbox_head.mask_refine.", i, ".0"),
                         normed(p.channels, p.mask_channels, ConvOptions::Norm::batch)));
  }
  constexpr int64_t kMaskConvolutions = 4;
  for (int64_t i = 0; i < kMaskConvolutions; ++i) {
    mask_head_.push_back(
        make_child<Conv>(*this, cat("bbox_head.mask_head.", i, ".0"),
                         normed(p.mask_channels, p.mask_channels, ConvOptions::Norm::batch)));
  }
  mask_head_.push_back(make_child<Conv>(*this, cat("bbox_head.mask_head.", kMaskConvolutions),
                                        plain(p.mask_channels, p.mask_out, 1)));
}

Network::Tower Network::make_tower(const std::string& name, int64_t convolutions) {
  Tower tower;
  const Parameters& p = parameters_;
  for (int64_t i = 0; i < convolutions; ++i) {
    tower.push_back(make_child<Conv>(*this, cat("bbox_head.", name, ".", i, ".conv"),
                                     normed(i == 0 ? p.channels : p.head_channels, p.head_channels,
                                            ConvOptions::Norm::group, p.norm_groups)));
  }
  return tower;
}

std::shared_ptr<Conv> Network::make_predictor(const std::string& name, const Tower& tower,
                                              int64_t outputs) {
  int64_t in = tower.empty() ? parameters_.channels : parameters_.head_channels;
  return make_child<Conv>(*this, "bbox_head." + name, plain(in, outputs, 3));
}

std::vector<Tensor> Network::pyramid(const std::vector<Tensor>& maps) {
  std::vector<Tensor> sums;
  for (size_t i = 0; i < laterals_.size(); ++i) sums.push_back(laterals_[i]->forward(maps[i]));
  for (size_t i = sums.size() - 1; i > 0; --i) {
    Tensor& finer = sums[i - 1];
    finer = finer + at::upsample_nearest2d(sums[i], {finer.size(2), finer.size(3)});
  }
  std::vector<Tensor> levels;
  for (int64_t level = 0; level < parameters_.levels(); ++level) {
    Tensor source = level < kBackboneLevels ? sums[level] : levels.back();
    if (level > kBackboneLevels) source = at::relu(source);
    levels.push_back(tap(outputs_[level]->forward(source), "fpn.", Parameters::level_name(level)));
  }
  return levels;
}

Tensors Network::head(const Tensor& map, int64_t level) {
  const std::string place = cat("head.", Parameters::level_name(level), ".");
  Tensor of_class = through(class_tower_, map), of_box = through(box_tower_, map);
  Tensors outputs;
  auto give = [&](const std::string& name, Tensor value) {
    outputs.set(name, tap(std::move(value), place, name));
  };
  give("class_logits", classes_->forward(of_class));
  for (const Branch& branch : branches_) {
    give(branch.name + "_logits", branch.predictor->forward(through(branch.tower, map)));
  }
  Tensor distances = at::relu(boxes_->forward(of_box) * scales_[level]);
  give("boxes", distances * parameters_.strides[level]);
  give("centerness", centerness_->forward(of_box));
  outputs.set("kernels", controller_->forward(of_box));
  outputs.set("features", of_box);
  return outputs;
}

Tensor Network::mask_features(const std::vector<Tensor>& pyramid) {
  Tensor sum = refine_[0]->forward(pyramid[0]);
  for (int64_t i = 1; i < kBackboneLevels; ++i) {
    Tensor grown = aligned_upsample(refine_[i]->forward(pyramid[i]), int64_t{1} << i);
    if (grown.sizes() != sum.sizes()) {
      throw Error("the mask branch needs pictures padded to multiples of 32", "",
                  "set preprocess.divisor = 32");
    }
    sum = sum + grown;
  }
  return tap(through(mask_head_, sum), "mask_features");
}

std::vector<WeightNames::Rename> Network::published_names() {
  return {{"^(bbox_head\\.\\w+_convs\\.\\d+)\\.conv\\.norm\\.", "$1.gn."},
          {"^(bbox_head\\.mask_(?:refine|head)\\.\\d+)\\.0\\.norm\\.", "$1.1."}};
}

}  // namespace clipwork::condinst
