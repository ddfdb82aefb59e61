#include "network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/log2.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipwork::mask_rcnn {

namespace {

ConvOptions convolution(int64_t in, int64_t out, int64_t kernel,
                        Activation activation = Activation::none) {
  ConvOptions options;
  options.in = in;
  options.out = out;
  options.kernel = kernel;
  options.padding = kernel / 2;
  options.bias = true;
  options.activation = activation;
  return options;
}

/// The level that boxes [R, 4] are read from, int64 [R]: that of a box of 224 x 224 is p4.
Tensor levels_of(const Tensor& boxes, bool torchvision) {
  constexpr double kCanonicalSide = 224, kCanonicalLevel = 4;
  // What keeps the logarithm of nothing finite in detectron2 favours the coarser level in
  // torchvision.
  const double inside = torchvision ? 0 : 1e-8, outside = torchvision ? 1e-6 : 0;
  Tensor area =
      (boxes.select(1, 2) - boxes.select(1, 0)) * (boxes.select(1, 3) - boxes.select(1, 1));
  return at::log2(area.sqrt() / kCanonicalSide + inside)
      .add(kCanonicalLevel + outside)
      .floor()
      .clamp(kFinestLevel, kCoarsestRoiLevel)
      .to(at::kLong);
}

/// The class head's row of each class; detectron2's background follows them.
std::vector<int64_t> rows_of_classes(const Parameters& p, int64_t classes) {
  if (!p.class_rows.empty()) return p.class_rows;
  std::vector<int64_t> rows(classes);
  std::iota(rows.begin(), rows.end(), p.is_torchvision() ? 1 : 0);
  return rows;
}

/// int64: the rows below `count` that are not in `rows`.
Tensor rows_without(const std::vector<int64_t>& rows, int64_t count) {
  std::vector<int64_t> others;
  for (int64_t row = 0; row < count; ++row) {
    if (std::find(rows.begin(), rows.end(), row) == rows.end()) others.push_back(row);
  }
  return at::tensor(others, at::kLong);
}

}  // namespace

Network::Network(const Parameters& p, int64_t classes, const std::vector<int64_t>& inputs,
                 const std::vector<DetectorRequest::Branch>& branches)
    : parameters_(p), classes_(classes) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto level = kFinestLevel + static_cast<int64_t>(i);
    laterals_.push_back(make_child<Conv>(*this, cat("backbone.fpn_lateral", level),
                                         convolution(inputs[i], p.channels, 1)));
    outputs_.push_back(make_child<Conv>(*this, cat("backbone.fpn_output", level),
                                        convolution(p.channels, p.channels, 3)));
  }
  const std::string rpn = "proposal_generator.rpn_head.", heads = "roi_heads.";
  proposal_conv_ = make_child<Conv>(*this, rpn + "conv",
                                    convolution(p.channels, p.channels, 3, Activation::relu));
  objectness_ =
      make_child<Conv>(*this, rpn + "objectness_logits", convolution(p.channels, p.anchors(), 1));
  anchor_deltas_ =
      make_child<Conv>(*this, rpn + "anchor_deltas", convolution(p.channels, 4 * p.anchors(), 1));

  fc1_ = make_child<Linear>(*this, heads + "box_head.fc1", p.channels * p.box_size * p.box_size,
                            p.box_width, true, Activation::relu);
  fc2_ = make_child<Linear>(*this, heads + "box_head.fc2", p.box_width, p.box_width, true,
                            Activation::relu);
  const std::vector<int64_t> class_rows = rows_of_classes(p, classes);
  const int64_t highest = *std::max_element(class_rows.begin(), class_rows.end());
  const int64_t rows = highest + (p.is_torchvision() ? 1 : 2);
  class_rows_ = at::tensor(class_rows, at::kLong);
  other_rows_ = rows_without(class_rows, rows);
  class_score_ = make_child<Linear>(*this, heads + "box_predictor.cls_score", p.box_width, rows);
  // Only torchvision has boxes and masks of the background.
  const int64_t outputs = p.is_torchvision() ? rows : classes;
  box_deltas_ =
      make_child<Linear>(*this, heads + "box_predictor.bbox_pred", p.box_width, 4 * outputs);
  for (const DetectorRequest::Branch& branch : branches) {
    auto layers = make_child<Mlp>(*this, cat(heads, branch.name, "_predictor"), p.box_width,
                                  p.box_width, branch.channels, branch.convolutions);
    layers->named_parameters()[cat("layers.", branch.convolutions - 1, ".bias")].detach().fill_(
        std::log(branch.prior / (1 - branch.prior)));
    branches_.push_back({branch.name, std::move(layers)});
  }

  for (int64_t i = 0; i < p.mask_convolutions; ++i) {
    mask_tower_.push_back(make_child<Conv>(
        *this, cat(heads, "mask_head.mask_fcn", i + 1),
        convolution(i == 0 ? p.channels : p.mask_channels, p.mask_channels, 3, Activation::relu)));
  }
  auto deconvolution = std::make_shared<torch::nn::Module>();
  deconvolution_ =
      make_parameter(*deconvolution, "weight", {p.mask_channels, p.mask_channels, 2, 2});
  deconvolution_bias_ = make_parameter(*deconvolution, "bias", {p.mask_channels});
  add_child(*this, heads + "mask_head.deconv", deconvolution);
  mask_predictor_ = make_child<Conv>(*this, heads + "mask_head.predictor",
                                     convolution(p.mask_channels, outputs, 1));
}

std::vector<Tensor> Network::pyramid(const std::vector<Tensor>& maps) {
  std::vector<Tensor> sums;
  for (size_t i = 0; i < maps.size(); ++i) sums.push_back(laterals_[i]->forward(maps[i]));
  for (size_t i = sums.size() - 1; i > 0; --i) {
    Tensor& finer = sums[i - 1];
    finer = finer + at::upsample_nearest2d(sums[i], {finer.size(2), finer.size(3)});
  }
  std::vector<Tensor> levels;
  for (size_t i = 0; i < sums.size(); ++i) levels.push_back(outputs_[i]->forward(sums[i]));
  levels.push_back(levels.back().slice(2, 0, {}, 2).slice(3, 0, {}, 2));
  for (size_t i = 0; i < levels.size(); ++i) {
    levels[i] = tap(levels[i], "fpn.", level_name(kFinestLevel + static_cast<int64_t>(i)));
  }
  return levels;
}

Network::Proposing Network::propose(const Tensor& map) {
  Tensor hidden = proposal_conv_->forward(map);
  return {objectness_->forward(hidden), anchor_deltas_->forward(hidden)};
}

Tensor Network::pool(const std::vector<Tensor>& levels, const Rois& rois,
                     const RoiAlign& align) const {
  Tensor level_of = levels_of(rois.boxes, parameters_.is_torchvision());
  std::vector<Tensor> parts, places;
  for (int64_t level = kFinestLevel; level <= kCoarsestRoiLevel; ++level) {
    Tensor place = level_of.eq(level).nonzero().select(1, 0);
    Rois here = rois.index_select(place);
    parts.push_back(roi_align(levels[level - kFinestLevel], here.boxes, here.images,
                              level_stride(level), align));
    places.push_back(place);
  }
  return at::cat(parts).index_select(0, at::cat(places).argsort());
}

RoiAlign Network::align(int64_t size) const {
  constexpr int64_t kTorchvisionSamples = 2, kAdaptive = 0;
  const bool torchvision = parameters_.is_torchvision();
  return {size, torchvision ? kTorchvisionSamples : kAdaptive, !torchvision};
}

Tensor Network::of_classes(const Tensor& outputs, int64_t dimension) const {
  if (!parameters_.is_torchvision()) return outputs;
  return outputs.index_select(dimension, class_rows_.to(outputs.device()));
}

Tensor Network::with_background_last(const Tensor& scores) const {
  if (!parameters_.is_torchvision()) return scores;
  Tensor others = scores.index_select(1, other_rows_.to(scores.device()));
  return at::cat({of_classes(scores, 1), others.logsumexp({1}, true)}, 1);
}

Network::BoxOutputs Network::boxes(const Tensor& pooled) {
  Tensor hidden = fc2_->forward(fc1_->forward(pooled.flatten(1)));
  BoxOutputs outputs;
  outputs.class_logits = with_background_last(class_score_->forward(hidden));
  outputs.deltas = of_classes(box_deltas_->forward(hidden).unflatten(1, {-1, 4}), 1);
  for (const Branch& branch : branches_) {
    outputs.branches.set(branch.name, branch.layers->forward(hidden));
  }
  return outputs;
}

Tensor Network::masks(const Tensor& pooled) {
  Tensor x = pooled;
  for (const auto& convolution : mask_tower_) x = convolution->forward(x);
  x = at::relu(at::conv_transpose2d(x, deconvolution_, deconvolution_bias_, {2, 2}));
  return of_classes(mask_predictor_->forward(x), 1);
}

WeightNames Network::weight_names(const Parameters& p) {
  WeightNames names;
  if (!p.is_torchvision()) return names;
  // Torchvision's names for ours, and what they were in its first files where that is something
  // else.
  auto add = [&](const std::string& ours, const std::string& theirs,
                 const std::string& first = {}) {
    names.published.push_back({cat("^", ours, "\\."), theirs + "."});
    if (!first.empty()) names.renames.push_back({cat("^", first, "\\."), theirs + "."});
  };
  for (int64_t i = 0; i <= kCoarsestRoiLevel - kFinestLevel; ++i) {
    const int64_t level = kFinestLevel + i;
    add(cat("backbone\\.fpn_lateral", level), cat("backbone.fpn.inner_blocks.", i, ".0"),
        cat("backbone\\.fpn\\.inner_blocks\\.", i));
    add(cat("backbone\\.fpn_output", level), cat("backbone.fpn.layer_blocks.", i, ".0"),
        cat("backbone\\.fpn\\.layer_blocks\\.", i));
  }
  const std::string rpn = "proposal_generator\\.rpn_head\\.";
  add(rpn + "conv", "rpn.head.conv.0.0", "rpn\\.head\\.conv");
  add(rpn + "objectness_logits", "rpn.head.cls_logits");
  add(rpn + "anchor_deltas", "rpn.head.bbox_pred");
  add("roi_heads\\.box_head\\.fc1", "roi_heads.box_head.fc6");
  add("roi_heads\\.box_head\\.fc2", "roi_heads.box_head.fc7");
  for (int64_t i = 0; i < p.mask_convolutions; ++i) {
    const std::string ours = cat("roi_heads\\.mask_head\\.mask_fcn", i + 1);
    add(ours, cat("roi_heads.mask_head.", i, ".0"), ours);
  }
  add("roi_heads\\.mask_head\\.deconv", "roi_heads.mask_predictor.conv5_mask");
  add("roi_heads\\.mask_head\\.predictor", "roi_heads.mask_predictor.mask_fcn_logits");
  return names;
}

}  // namespace clipwork::mask_rcnn
