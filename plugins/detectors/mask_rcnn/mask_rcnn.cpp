#include "mask_rcnn.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/isneginf.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <clipwork/error.h>
#include <clipwork/tap.h>

#include <set>

#include "box_masks.h"
#include "boxes.h"
#include "proposals.h"

namespace clipwork::mask_rcnn {

namespace {

constexpr const char* kMaps[] = {"res2", "res3", "res4", "res5"};

/// Proposals that may become detections, one row for each proposal and class that are tried.
struct CandidateRows {
  Candidates scores;
  Tensor labels;  ///< int64 [M]
  Tensor boxes;   ///< float [M, 4], in pixels of the padded picture

  CandidateRows index_select(const Tensor& rows) const {
    CandidateRows chosen{
        {scores.classes.index_select(0, rows), scores.quality.index_select(0, rows), {}},
        labels.index_select(0, rows),
        boxes.index_select(0, rows)};
    for (const auto& entry : scores.branches.entries) {
      chosen.scores.branches.set(entry.name, entry.value.index_select(0, rows));
    }
    return chosen;
  }
};

/// Rows of (proposal, class) whose probability is over the threshold. Where every class is tried
/// alone, a row's other classes are 0.
CandidateRows candidate_rows(const Parameters& p, const Tensor& proposals,
                             const Network::BoxOutputs& outputs, Size picture) {
  const int64_t classes = outputs.deltas.size(1);
  Tensor probabilities = at::softmax(outputs.class_logits, 1).narrow(1, 0, classes);
  const bool alone = p.suppression == Parameters::Suppression::of_class;
  Tensor row, label, scores;
  if (alone) {
    Tensor pairs = probabilities.gt(p.min_class_score).nonzero();
    row = pairs.select(1, 0);
    label = pairs.select(1, 1);
    Tensor chosen = probabilities.index_select(0, row);
    Tensor place = label.unsqueeze(1);
    scores = at::zeros_like(chosen).scatter(1, place, chosen.gather(1, place));
  } else {
    auto [best, best_class] = probabilities.max(1);
    row = best.gt(p.min_class_score).nonzero().select(1, 0);
    label = best_class.index_select(0, row);
    scores = probabilities.index_select(0, row);
  }
  Tensor deltas = outputs.deltas.flatten(0, 1).index_select(0, row * classes + label);
  CandidateRows rows;
  rows.scores.classes = scores;
  rows.scores.quality = scores.new_ones({scores.size(0)});
  for (const auto& entry : outputs.branches.entries) {
    rows.scores.branches.set(entry.name, entry.value.index_select(0, row));
  }
  rows.labels = label;
  rows.boxes =
      clip_boxes(apply_deltas(proposals.index_select(0, row), deltas, kBoxDeltas), picture);
  const double least = p.is_torchvision() ? 1e-2 : 0;
  return rows.index_select(has_area(rows.boxes, least).nonzero().select(1, 0));
}

/// The candidates that become detections, best first.
Tensor choose(const Parameters& p, const CandidateRows& rows, const Tensor& scores) {
  Tensor usable = at::isneginf(scores).logical_not().nonzero().select(1, 0);
  Tensor labels = rows.labels.index_select(0, usable);
  const bool alone = p.suppression == Parameters::Suppression::of_class;
  Tensor kept = suppress(rows.boxes.index_select(0, usable), scores.index_select(0, usable),
                         alone ? labels : at::zeros_like(labels), p.nms_iou, p.detections);
  return usable.index_select(0, kept);
}

Tensor to_output(const Tensor& boxes, const Geometry& geometry) {
  auto ratio = [](int64_t output, int64_t resized) {
    return static_cast<float>(output) / static_cast<float>(resized);
  };
  const float x = ratio(geometry.output.width, geometry.resized.width);
  const float y = ratio(geometry.output.height, geometry.resized.height);
  return boxes * at::tensor({x, y, x, y}, boxes.options());
}

Rois of_first_frame(const Tensor& boxes) {
  return {boxes, at::zeros({boxes.size(0)}, boxes.options().dtype(at::kLong))};
}

}  // namespace

std::vector<Tensor> roi_maps(const Tensors& dense) {
  std::vector<Tensor> maps;
  for (int64_t level = kFinestLevel; level <= kCoarsestRoiLevel; ++level) {
    maps.push_back(dense.at(level_name(level)));
  }
  return maps;
}

DetectorContract MaskRcnn::contract(const Parameters& p, const Given& given) {
  if (!p.class_rows.empty() && !p.is_torchvision()) {
    throw InputError("class_rows is for heads of torchvision", "",
                     "set convention = \"torchvision\", or remove class_rows");
  }
  const std::set<int64_t> rows(p.class_rows.begin(), p.class_rows.end());
  if (!rows.empty() && (std::ssize(rows) != given.classes || rows.size() != p.class_rows.size())) {
    throw InputError(
        cat("class_rows has ", rows.size(), " different rows for ", given.classes, " classes"), "",
        "give one for each class");
  }
  DetectorContract contract;
  contract.detector = p;
  for (const char* map : kMaps) contract.needs.push_back(cat("map:", map));
  contract.gives = {"masks", "boxes", "embeddings", "branches", DetectorContract::kOutputs};
  contract.maps = {{"embeddings", p.channels * p.box_size * p.box_size, 0}};
  return contract;
}

MaskRcnn::MaskRcnn(const Parameters& p, const Given& given) : parameters_(p), given_(given) {
  request({});
}

void MaskRcnn::request(const DetectorRequest& request) {
  std::vector<int64_t> channels;
  for (const char* name : kMaps) {
    channels.push_back(given_.find(name)->channels);
    for (const MapInfo& map : request.maps) {
      if (map.name == name) channels.back() = map.channels;
    }
  }
  network_ = std::make_shared<Network>(parameters_, given_.classes, channels, request.branches);
}

Tensors MaskRcnn::dense(const std::vector<FeatureMap>& maps) {
  FrameFeatures features{maps, {}};
  std::vector<Tensor> inputs;
  for (const char* name : kMaps) inputs.push_back(features.at(name).value);
  const std::vector<Tensor> pyramid = network_->pyramid(inputs);
  Tensors outputs;
  for (int64_t level = kFinestLevel; level <= kCoarsestLevel; ++level) {
    const std::string name = level_name(level);
    const Tensor& map = pyramid[level - kFinestLevel];
    Network::Proposing proposing = network_->propose(map);
    outputs.set(name + ".objectness", tap(proposing.objectness, "rpn.", name, ".objectness"));
    outputs.set(name + ".anchor_deltas", tap(proposing.deltas, "rpn.", name, ".anchor_deltas"));
    if (level <= kCoarsestRoiLevel) outputs.set(name, map);
  }
  return outputs;
}

ClipPrediction MaskRcnn::select(const Tensors& dense, const Geometry& geometry, const Rank& rank) {
  const std::vector<Tensor> maps = roi_maps(dense);
  const Tensor proposals =
      proposals_of(parameters_, {parameters_.level_proposals, parameters_.proposals}, dense,
                   anchors_of(parameters_, dense), 0, geometry.resized);
  Tensor pooled = tap(network_->pool(maps, of_first_frame(proposals), network_->box_align()),
                      "box_head.pooled");
  Network::BoxOutputs outputs = network_->boxes(pooled);
  tap(outputs.class_logits, "box_head.class_logits");
  tap(outputs.deltas, "box_head.deltas");
  const CandidateRows all = candidate_rows(parameters_, proposals, outputs, geometry.resized);
  const CandidateRows chosen = all.index_select(choose(parameters_, all, rank(all.scores)));
  const Tensor boxes = to_output(chosen.boxes, geometry);
  tap(boxes, "detections.boxes");
  tap(chosen.labels, "detections.labels");

  ClipPrediction prediction;
  prediction.form = ScoreForm::probability;
  const Tensor& classes = chosen.scores.classes;
  prediction.class_scores =
      tap(at::cat({classes, classes.new_zeros({classes.size(0), 1})}, 1), "detections.class_scores")
          .unsqueeze(0);
  prediction.more.set("boxes", boxes.unsqueeze(0));
  for (const auto& entry : chosen.scores.branches.entries) {
    prediction.more.set(entry.name + "_logits", entry.value.unsqueeze(0));
  }
  const Rois detections = of_first_frame(chosen.boxes);
  prediction.embeddings =
      network_->pool(maps, detections, network_->box_align()).flatten(1).unsqueeze(0);

  Tensor logits = network_->masks(network_->pool(maps, detections, network_->mask_align()));
  Tensor row = at::arange(logits.size(0), chosen.labels.options());
  logits = tap(logits.flatten(0, 1).index_select(0, row * logits.size(1) + chosen.labels),
               "mask.logits");
  prediction.masks = box_masks(at::sigmoid(logits), boxes, geometry,
                               parameters_.is_torchvision() ? Pasting::rounded : Pasting::exact);
  return prediction;
}

}  // namespace clipwork::mask_rcnn
