#include "loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/max.h>
#include <ATen/ops/min.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/losses/dense_loss.h>
#include <clipwork/tap.h>
#include <clipwork/upsample.h>

#include <algorithm>

#include "dynamic_masks.h"
#include "selection.h"

namespace clipwork::condinst {

namespace {

constexpr double kNoLimit = 1e8;
/// What a term needs that compares points over frames.
constexpr const char* kEmbeddings = "matched.embeddings";

/// Boxes [n, 4] from points [n, 2] and distances [n, 4]; nothing is clipped.
Tensor boxes_of(const Tensor& points, const Tensor& distances) {
  Tensor x = points.select(1, 0), y = points.select(1, 1);
  return at::stack({x - distances.select(1, 0), y - distances.select(1, 1),
                    x + distances.select(1, 2), y + distances.select(1, 3)},
                   1);
}

/// Generalised overlap of pairs of boxes [n, 4]: [n].
Tensor generalised_overlap(const Tensor& a, const Tensor& b) {
  constexpr double kLeast = 1e-7;
  auto area = [](const Tensor& box) {
    return (box.select(1, 2) - box.select(1, 0)) * (box.select(1, 3) - box.select(1, 1));
  };
  auto extent = [](const Tensor& low, const Tensor& high) {
    Tensor sides = (high - low).clamp_min(0);
    return sides.select(1, 0) * sides.select(1, 1);
  };
  auto low = [](const Tensor& box) { return box.narrow(1, 0, 2); };
  auto high = [](const Tensor& box) { return box.narrow(1, 2, 2); };
  Tensor common = extent(at::max(low(a), low(b)), at::min(high(a), high(b)));
  Tensor both = (area(a) + area(b) - common).clamp_min(kLeast);
  Tensor hull = extent(at::min(low(a), low(b)), at::max(high(a), high(b))).clamp_min(kLeast);
  return common / both - (hull - both) / hull;
}

/// sqrt(min(l, r) / max(l, r) * min(t, b) / max(t, b)).
Tensor centerness_of(const Tensor& distances) {
  auto ratio = [&](int64_t one, int64_t other) {
    Tensor a = distances.select(1, one), b = distances.select(1, other);
    return at::min(a, b) / at::max(a, b);
  };
  return (ratio(0, 2) * ratio(1, 3)).sqrt();
}

int64_t count_of(const std::vector<PointTargets>& positives) {
  int64_t count = 0;
  for (const PointTargets& entry : positives) count += static_cast<int64_t>(entry.points.size());
  return count;
}

}  // namespace

void LossParameters::describe(Describer& d) {
  d("detector", detector, "the detector 'condinst' whose outputs the loss reads");
  d("radius", radius, "largest distance of a point from its object's centre, in strides")
      .range(0, 1000);
  d("ranges", ranges,
    "largest distance from a point to the far side of a box for each level but the last, which has "
    "no limit")
      .length(0, 7)
      .range(1, 1e8)
      .unit("pixels");
  d("class_weight", class_weight, "factor of the class loss").range(0, 1e6);
  d("box_weight", box_weight, "factor of the box loss").range(0, 1e6);
  d("centerness_weight", centerness_weight, "factor of the centre-ness loss").range(0, 1e6);
  d("mask_weight", mask_weight, "factor of the mask loss").range(0, 1e6);
  d("terms", terms, "further terms for the matched points, by name");
}

Contract CondInstLoss::contract(const Parameters& p, const Given&) {
  // Another detector does not give what is needed, which assembly reports.
  if (const auto* detector = dynamic_cast<const DetectorContract*>(p.detector.promise.get())) {
    const int64_t levels = detector->detector.levels();
    if (std::ssize(p.ranges) + 1 != levels) {
      throw InputError(cat("ranges has ", p.ranges.size(), " limits for ", levels, " levels"), "",
                       "give one for each level but the last");
    }
  }
  Contract contract;
  contract.needs = {DetectorContract::kOutputs};
  contract.gives = {"matched.dense", kEmbeddings};
  return contract;
}

CondInstLoss::CondInstLoss(const Parameters& parameters, const Given&)
    : parameters_(parameters),
      detector_(dynamic_cast<const DetectorContract&>(parameters.detector.contract()).detector) {
  for (const auto& [name, term] : parameters.terms.entries) {
    const std::vector<std::string>& needs = term.promise->needs;
    if (std::find(needs.begin(), needs.end(), kEmbeddings) != needs.end()) {
      terms_need_embeddings_ = true;
    }
  }
}

Tensor CondInstLoss::join(const ClipPrediction& prediction, const std::string& name) const {
  std::vector<Tensor> levels;
  for (int64_t level = 0; level < detector_.levels(); ++level) {
    const Tensor& map =
        prediction.more.at(cat("dense.", condinst::Parameters::level_name(level), ".", name));
    levels.push_back(map.permute({0, 2, 3, 1}).flatten(1, 2));
  }
  return at::cat(levels, 1);
}

PointLevels CondInstLoss::levels_of(const ClipPrediction& prediction) const {
  std::vector<Tensor> points, strides, smallest, largest;
  for (int64_t level = 0; level < detector_.levels(); ++level) {
    const Tensor& map =
        prediction.more.at(cat("dense.", condinst::Parameters::level_name(level), ".boxes"));
    int64_t stride = detector_.strides[level];
    points.push_back(level_points(map.size(2), map.size(3), stride, map.options()));
    int64_t count = points.back().size(0);
    auto same = [&](double value) { return at::full({count}, value, map.options()); };
    bool last = level + 1 == detector_.levels();
    strides.push_back(same(static_cast<double>(stride)));
    smallest.push_back(same(level == 0 ? -1 : static_cast<double>(parameters_.ranges[level - 1])));
    largest.push_back(same(last ? kNoLimit : static_cast<double>(parameters_.ranges[level])));
  }
  return {at::cat(points), at::cat(strides), at::cat(smallest), at::cat(largest)};
}

LossResult CondInstLoss::operator()(const Sequence& sequence, std::span<const Targets> targets,
                                    Context& context) {
  if (sequence.clips.empty()) throw Error("there are no frames to compute a loss for");
  Layer layer;
  std::vector<Tensor> classes, boxes, centerness, masks;
  for (const Sequence::Clip& clip : sequence.clips) {
    if (clip.frames != 1) {
      throw Error(cat("loss 'condinst' expects windows of one frame, found ", clip.frames), "",
                  "set window.length = 1");
    }
    Matched matched;
    matched.prediction = clip.prediction;
    matched.first = clip.first;
    PointLevels levels = levels_of(*clip.prediction);
    std::vector<PointTargets> positives;
    for (const Targets& video : targets) {
      matched.targets.push_back(frames_of(video, clip.first, 1));
      positives.push_back(point_targets(matched.targets.back(), levels, parameters_.radius));
      matched.matches.push_back({positives.back().points, positives.back().objects});
      tap_made([&] { return positives.back().distances; }, "match.targets.", clip.first, ".",
               positives.size() - 1, ".boxes");
    }
    matched.normaliser = object_normaliser(count_of(positives), context.world);
    FrameLosses losses = frame_losses(matched, positives, levels, context);
    classes.push_back(losses.classes);
    boxes.push_back(losses.boxes);
    centerness.push_back(losses.centerness);
    masks.push_back(losses.masks);
    if (terms_need_embeddings_) matched.prediction = with_embeddings(matched, positives);
    layer.clips.push_back(std::move(matched));
  }
  LossResult result;
  auto add = [&](const std::string& name, const std::vector<Tensor>& values, double weight) {
    if (!values.empty()) result.terms.push_back({"loss_" + name, at::stack(values).mean(), weight});
  };
  add("cls", classes, parameters_.class_weight);
  add("bbox", boxes, parameters_.box_weight);
  add("centerness", centerness, parameters_.centerness_weight);
  add("mask", masks, parameters_.mask_weight);
  for (size_t i = 0; i < parameters_.terms.entries.size(); ++i) {
    LossTerm& term = parameters_.terms[i];
    add(parameters_.terms.entries[i].first, term(layer, context), term.weight());
  }
  result.layers.push_back(std::move(layer));
  return result;
}

CondInstLoss::FrameLosses CondInstLoss::frame_losses(const Matched& matched,
                                                     const std::vector<PointTargets>& positives,
                                                     const PointLevels& levels,
                                                     Context& context) const {
  const ClipPrediction& prediction = *matched.prediction;
  Tensor scores = join(prediction, "class_logits");
  std::vector<Tensor> labels;
  for (const Targets& frame : matched.targets) labels.push_back(frame.labels);
  Tensor wanted = point_labels(matched.matches, labels, scores.size(1), scores.size(2));
  tap_made([&] { return wanted; }, "match.class_targets.", matched.first);
  FrameLosses losses;
  losses.classes = focal_loss(scores, wanted) / matched.normaliser;
  Tensor nothing = scores.new_zeros({});
  losses.boxes = losses.centerness = losses.masks = nothing;
  // All processes take part in the sum of weights, whether or not they have positives.
  std::vector<Tensor> weights, overlaps, centres;
  Tensor distances = join(prediction, "boxes"), centre = join(prediction, "centerness");
  for (size_t b = 0; b < positives.size(); ++b) {
    const PointTargets& positive = positives[b];
    if (positive.points.empty()) continue;
    Tensor places = at::tensor(positive.points, at::kLong).to(scores.device());
    auto entry = static_cast<int64_t>(b);
    Tensor points = levels.points.index_select(0, places);
    Tensor weight = centerness_of(positive.distances);
    weights.push_back(weight);
    overlaps.push_back(
        generalised_overlap(boxes_of(points, distances[entry].index_select(0, places)),
                            boxes_of(points, positive.distances)));
    centres.push_back(at::binary_cross_entropy_with_logits(
        centre[entry].index_select(0, places).select(1, 0), weight, {}, {}, at::Reduction::None));
  }
  constexpr double kLeastWeight = 1e-6;
  Tensor weight = weights.empty() ? scores.new_zeros({0}) : at::cat(weights);
  double sum =
      std::max(context.world.sum(weight.sum().item<double>()) / context.world.size(), kLeastWeight);
  if (weights.empty()) return losses;
  losses.boxes = (weight * (1 - at::cat(overlaps))).sum() / sum;
  losses.centerness = at::cat(centres).sum() / matched.normaliser;
  losses.masks = mask_loss(matched, positives, levels);
  return losses;
}

std::shared_ptr<const ClipPrediction> CondInstLoss::with_embeddings(
    const Matched& matched, const std::vector<PointTargets>& positives) const {
  auto prediction = std::make_shared<ClipPrediction>(*matched.prediction);
  prediction->embeddings = join(*matched.prediction, "features");
  int64_t most = 0;
  for (const Targets& frame : matched.targets) most = std::max(most, frame.count());
  std::vector<Tensor> means, counts;
  for (size_t b = 0; b < positives.size(); ++b) {
    const Tensor features = prediction->embeddings[static_cast<int64_t>(b)];
    const at::TensorOptions integers = features.options().dtype(at::kLong);
    const Tensor points = at::tensor(positives[b].points, at::kLong).to(integers);
    const Tensor objects = at::tensor(positives[b].objects, at::kLong).to(integers);
    counts.push_back(
        features.new_zeros({most}).index_add(0, objects, features.new_ones({objects.size(0)})));
    means.push_back(features.new_zeros({most, features.size(1)})
                        .index_add(0, objects, features.index_select(0, points))
                        .div(counts.back().clamp_min(1).unsqueeze(1)));
  }
  prediction->more.set("truth.embeddings", at::stack(means));
  prediction->more.set("truth.known", at::stack(counts).gt(0));
  return prediction;
}

Tensor CondInstLoss::mask_loss(const Matched& matched, const std::vector<PointTargets>& positives,
                               const PointLevels& levels) const {
  constexpr int64_t kGrowth = 2, kLabelStride = 4;
  constexpr double kSmooth = 1e-5;
  Tensor kernels = join(*matched.prediction, "kernels");
  const Tensor& features = matched.prediction->more.at("dense.mask_features");
  std::vector<Tensor> losses;
  for (size_t b = 0; b < positives.size(); ++b) {
    const PointTargets& positive = positives[b];
    if (positive.points.empty()) continue;
    auto entry = static_cast<int64_t>(b);
    Tensor places = at::tensor(positive.points, at::kLong).to(kernels.device());
    Tensor logits = dynamic_mask_logits(detector_, features[entry], detector_.strides[0],
                                        levels.points.index_select(0, places),
                                        levels.strides.index_select(0, places).unsqueeze(1),
                                        kernels[entry].index_select(0, places));
    Tensor on = at::sigmoid(aligned_upsample(logits.unsqueeze(0), kGrowth)[0]).flatten(1);
    Tensor objects = at::tensor(positive.objects, at::kLong);
    Tensor masks = matched.targets[b].masks.select(1, 0);
    // Rows and columns 2, 6, 10, ...: one label for each value at stride 4.
    Tensor labels = masks.slice(1, kLabelStride / 2, masks.size(1), kLabelStride)
                        .slice(2, kLabelStride / 2, masks.size(2), kLabelStride)
                        .index_select(0, objects.to(masks.device()))
                        .to(on.options())
                        .flatten(1);
    Tensor common = (on * labels).sum(1);
    losses.push_back(1 - 2 * common / ((on * on).sum(1) + (labels * labels).sum(1) + kSmooth));
  }
  return at::cat(losses).sum() / matched.normaliser;
}

}  // namespace clipwork::condinst
