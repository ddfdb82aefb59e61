#include "loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/index_fill.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/smooth_l1_loss.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/tap.h>

#include <algorithm>

#include "boxes.h"
#include "proposals.h"
#include "sampling.h"

namespace clipwork::mask_rcnn {

namespace {

constexpr MatchRule kAnchorRule = {.background = 0.3, .object = 0.7, .best_always = true};
constexpr MatchRule kProposalRule = {.background = 0.5, .object = 0.5, .best_always = false};
const std::string kDense = "dense.";

/// The sum of absolute differences of deltas; torchvision rounds it off below 1 / 9.
Tensor delta_loss(const Tensor& deltas, const Tensor& wanted, bool torchvision) {
  constexpr double kRounded = 1.0 / 9;
  return torchvision ? at::smooth_l1_loss(deltas, wanted, at::Reduction::Sum, kRounded)
                     : at::l1_loss(deltas, wanted, at::Reduction::Sum);
}

/// The objects of a video that are in a frame.
struct Present {
  Tensor rows;    ///< int64 [n]: their rows in the video's targets
  Tensor boxes;   ///< float [n, 4]
  Tensor labels;  ///< int64 [n]
  Tensor masks;   ///< bool [n, H, W]
};

Present present_in(const Targets& frame, at::Device device) {
  if (frame.count() > 0 && !frame.boxes.defined()) {
    throw InputError("the loss needs boxes, but these targets have none", frame.name,
                     "use the boxes of the data set, or those of the masks");
  }
  Present present;
  present.rows = frame.ids.select(1, 0).ge(0).nonzero().select(1, 0);
  auto pick = [&](const Tensor& value) {
    return value.index_select(0, present.rows.to(value.device())).to(device);
  };
  present.labels = pick(frame.labels);
  present.masks = pick(frame.masks.select(1, 0));
  present.boxes = frame.count() > 0 ? pick(frame.boxes.select(1, 0)) : at::zeros({0, 4}).to(device);
  present.rows = present.rows.to(device);
  return present;
}

std::vector<int64_t> numbers_of(const Tensor& values) {
  const Tensor here = values.cpu().contiguous();
  return {here.const_data_ptr<int64_t>(), here.const_data_ptr<int64_t>() + here.numel()};
}

}  // namespace

/// One frame of all videos of a batch.
struct MaskRcnnLoss::Frame {
  int64_t first = 0;  ///< its index in the sample
  Tensors dense;
  std::vector<Tensor> anchors;  ///< by level
  std::vector<Targets> targets;
  std::vector<Present> present;
  std::vector<Tensor> maps;  ///< p2 to p5
};

/// The sampled proposals of one frame of one video, those with an object first.
struct MaskRcnnLoss::SampledRois {
  Tensor boxes;    ///< float [R, 4]
  Tensor objects;  ///< int64 [P]: places in `Present` of the first P
  int64_t positives() const { return objects.size(0); }
};

void LossParameters::describe(Describer& d) {
  d("detector", detector, "the detector 'mask_rcnn' that the loss trains");
  d("level_proposals", level_proposals,
    "number of best anchors per level that are considered for proposals in training")
      .range(1, 1000000);
  d("proposals", proposals, "largest number of proposals in a frame in training").range(1, 1000000);
  d("anchor_samples", anchor_samples, "number of anchors per frame that are compared")
      .range(1, 1000000);
  d("anchor_share", anchor_share, "largest share of anchors with an object among them").range(0, 1);
  d("samples", samples, "number of proposals per frame that are compared").range(1, 1000000);
  d("share", share, "largest share of proposals with an object among them").range(0, 1);
  d("proposal_weight", proposal_weight, "factor of the two losses of anchors").range(0, 1e6);
  d("class_weight", class_weight, "factor of the class loss").range(0, 1e6);
  d("box_weight", box_weight, "factor of the box loss").range(0, 1e6);
  d("mask_weight", mask_weight, "factor of the mask loss").range(0, 1e6);
  d("terms", terms, "further terms for the sampled proposals, by name");
}

Contract MaskRcnnLoss::contract(const Parameters&, const Given&) {
  Contract contract;
  contract.needs = {DetectorContract::kOutputs};
  contract.gives = {"matched.dense", "matched.embeddings"};
  return contract;
}

MaskRcnnLoss::MaskRcnnLoss(const Parameters& parameters, const Given&)
    : parameters_(parameters), detector_(dynamic_cast<MaskRcnn&>(*parameters.detector)) {}

LossResult MaskRcnnLoss::operator()(const Sequence& sequence, std::span<const Targets> targets,
                                    Context& context) {
  if (sequence.clips.empty()) throw Error("there are no frames to compute a loss for");
  std::vector<FrameLosses> frames;
  std::vector<Layer> videos(targets.size());
  for (const Sequence::Clip& clip : sequence.clips) {
    if (clip.frames != 1) {
      throw Error(cat("loss 'mask_rcnn' expects windows of one frame, found ", clip.frames), "",
                  "set window.length = 1");
    }
    Frame frame;
    frame.first = clip.first;
    for (const auto& entry : clip.prediction->more.entries) {
      if (entry.name.starts_with(kDense)) {
        frame.dense.set(entry.name.substr(kDense.size()), entry.value);
      }
    }
    frame.maps = roi_maps(frame.dense);
    frame.anchors = anchors_of(detector_.parameters(), frame.dense);
    for (const Targets& video : targets) {
      frame.targets.push_back(frames_of(video, clip.first, 1));
      frame.present.push_back(present_in(frame.targets.back(), frame.anchors.front().device()));
    }
    frames.push_back(frame_losses(frame, videos, context));
  }
  LossResult result;
  auto add = [&](const std::string& name, Tensor FrameLosses::*loss, double weight) {
    std::vector<Tensor> values;
    for (const FrameLosses& frame : frames) values.push_back(frame.*loss);
    result.terms.push_back({"loss_" + name, at::stack(values).mean(), weight});
  };
  add("rpn_cls", &FrameLosses::objectness, parameters_.proposal_weight);
  add("rpn_loc", &FrameLosses::anchor_boxes, parameters_.proposal_weight);
  add("cls", &FrameLosses::classes, parameters_.class_weight);
  add("box_reg", &FrameLosses::boxes, parameters_.box_weight);
  add("mask", &FrameLosses::masks, parameters_.mask_weight);
  for (size_t i = 0; i < parameters_.terms.entries.size(); ++i) {
    LossTerm& term = parameters_.terms[i];
    std::vector<Tensor> values;
    for (const Layer& video : videos) {
      for (Tensor& value : term(video, context)) values.push_back(std::move(value));
    }
    if (values.empty()) continue;
    result.terms.push_back(
        {"loss_" + parameters_.terms.entries[i].first, at::stack(values).mean(), term.weight()});
  }
  result.layers = std::move(videos);
  return result;
}

MaskRcnnLoss::FrameLosses MaskRcnnLoss::frame_losses(const Frame& frame, std::vector<Layer>& layers,
                                                     Context& context) {
  FrameLosses losses;
  add_proposal_losses(frame, losses, context);
  add_box_losses(frame, losses, layers, context);
  return losses;
}

void MaskRcnnLoss::add_proposal_losses(const Frame& frame, FrameLosses& losses,
                                       Context& context) const {
  const Tensor anchors = at::cat(frame.anchors);
  std::vector<Tensor> logits, labels, deltas, wanted;
  for (size_t b = 0; b < frame.targets.size(); ++b) {
    const Present& present = frame.present[b];
    std::vector<Tensor> level_logits, level_deltas;
    for (int64_t level = kFinestLevel; level <= kCoarsestLevel; ++level) {
      LevelOutputs outputs = level_outputs(frame.dense, level, static_cast<int64_t>(b));
      level_logits.push_back(outputs.objectness);
      level_deltas.push_back(outputs.deltas);
    }
    const BoxMatches matches = match_boxes(anchors, present.boxes, kAnchorRule);
    const BoxSample sample =
        sample_boxes(matches.labels, parameters_.anchor_samples, parameters_.anchor_share, context,
                     cat("anchors.", frame.first, ".", b));
    Tensor all_logits = at::cat(level_logits);
    logits.push_back(all_logits.index_select(0, at::cat({sample.objects, sample.background})));
    labels.push_back(at::cat({at::full_like(sample.objects, 1, all_logits.scalar_type()),
                              at::full_like(sample.background, 0, all_logits.scalar_type())}));
    if (sample.objects.size(0) == 0) continue;
    deltas.push_back(at::cat(level_deltas).index_select(0, sample.objects));
    Tensor objects = matches.objects.index_select(0, sample.objects);
    wanted.push_back(deltas_between(anchors.index_select(0, sample.objects),
                                    present.boxes.index_select(0, objects), kProposalDeltas));
  }
  Tensor all = at::cat(logits);
  const auto count = static_cast<double>(std::max(all.size(0), int64_t{1}));
  losses.objectness =
      at::binary_cross_entropy_with_logits(all, at::cat(labels), {}, {}, at::Reduction::Sum) /
      count;
  losses.anchor_boxes = deltas.empty() ? all.new_zeros({})
                                       : delta_loss(at::cat(deltas), at::cat(wanted),
                                                    detector_.parameters().is_torchvision()) /
                                             count;
}

void MaskRcnnLoss::add_box_losses(const Frame& frame, FrameLosses& losses,
                                  std::vector<Layer>& layers, Context& context) {
  const mask_rcnn::Parameters& p = detector_.parameters();
  Network& network = detector_.network();
  std::vector<SampledRois> samples;
  std::vector<Tensor> boxes, images, labels, positive_rows, wanted, positive_labels;
  int64_t rows = 0;
  for (size_t b = 0; b < frame.targets.size(); ++b) {
    const Present& present = frame.present[b];
    const Tensor& masks = frame.targets[b].masks;
    Tensor proposals = at::cat(
        {proposals_of(p, {parameters_.level_proposals, parameters_.proposals}, frame.dense,
                      frame.anchors, static_cast<int64_t>(b), {masks.size(2), masks.size(3)}),
         present.boxes});
    const BoxMatches matches = match_boxes(proposals, present.boxes, kProposalRule);
    const BoxSample sample = sample_boxes(matches.labels, parameters_.samples, parameters_.share,
                                          context, cat("proposals.", frame.first, ".", b));
    SampledRois rois{proposals.index_select(0, at::cat({sample.objects, sample.background})),
                     matches.objects.index_select(0, sample.objects)};
    Tensor classes = present.labels.index_select(0, rois.objects);
    labels.push_back(at::cat({classes, at::full_like(sample.background, network.classes())}));
    positive_rows.push_back(at::arange(rois.positives(), classes.options()) + rows);
    positive_labels.push_back(classes);
    wanted.push_back(deltas_between(rois.boxes.narrow(0, 0, rois.positives()),
                                    present.boxes.index_select(0, rois.objects), kBoxDeltas));
    boxes.push_back(rois.boxes);
    images.push_back(at::full({rois.boxes.size(0)}, static_cast<int64_t>(b), classes.options()));
    rows += rois.boxes.size(0);
    samples.push_back(std::move(rois));
  }
  const Rois rois{at::cat(boxes), at::cat(images)};
  Tensor pooled = network.pool(frame.maps, rois, network.box_align());
  Network::BoxOutputs outputs = network.boxes(pooled);
  losses.classes = at::cross_entropy_loss(outputs.class_logits, at::cat(labels));
  Tensor positive = at::cat(positive_rows), classes = at::cat(positive_labels);
  losses.boxes = losses.masks = losses.classes.new_zeros({});
  if (positive.size(0) > 0) {
    Tensor place = positive * outputs.deltas.size(1) + classes;
    losses.boxes = delta_loss(outputs.deltas.flatten(0, 1).index_select(0, place), at::cat(wanted),
                              p.is_torchvision()) /
                   static_cast<double>(rows);
    losses.masks = mask_loss(frame, rois.index_select(positive), classes, samples);
  }
  if (parameters_.terms.entries.empty()) return;
  rows = 0;
  for (size_t b = 0; b < samples.size(); ++b) {
    const int64_t count = samples[b].boxes.size(0);
    layers[b].clips.push_back(
        matched(frame, b, samples[b], pooled.narrow(0, rows, count), outputs, rows, context));
    rows += count;
  }
}

Tensor MaskRcnnLoss::mask_loss(const Frame& frame, const Rois& positives, const Tensor& classes,
                               const std::vector<SampledRois>& samples) const {
  Network& network = detector_.network();
  Tensor logits = network.masks(network.pool(frame.maps, positives, network.mask_align()));
  Tensor place = at::arange(logits.size(0), classes.options()) * logits.size(1) + classes;
  logits = logits.flatten(0, 1).index_select(0, place);
  const bool torchvision = detector_.parameters().is_torchvision();
  const RoiAlign align{logits.size(1), 0, !torchvision};
  std::vector<Tensor> wanted;
  for (size_t b = 0; b < samples.size(); ++b) {
    const int64_t count = samples[b].positives();
    if (count == 0) continue;
    Tensor masks = frame.present[b].masks.unsqueeze(1).to(logits.options());
    wanted.push_back(
        roi_align(masks, samples[b].boxes.narrow(0, 0, count), samples[b].objects, 1, align)
            .select(1, 0));
    if (!torchvision) wanted.back() = wanted.back().ge(0.5).to(logits.options());
  }
  return at::binary_cross_entropy_with_logits(logits, at::cat(wanted));
}

Matched MaskRcnnLoss::matched(const Frame& frame, size_t video, const SampledRois& sample,
                              const Tensor& pooled, const Network::BoxOutputs& outputs,
                              int64_t first, Context& context) const {
  const int64_t count = pooled.size(0);
  const Present& present = frame.present[video];
  auto prediction = std::make_shared<ClipPrediction>();
  prediction->class_scores = outputs.class_logits.narrow(0, first, count).unsqueeze(0);
  prediction->embeddings = pooled.flatten(1).unsqueeze(0);
  for (const auto& entry : outputs.branches.entries) {
    prediction->more.set(cat("dense.rois.", entry.name, "_logits"),
                         entry.value.narrow(0, first, count).t().unsqueeze(0).unsqueeze(2));
  }
  Network& network = detector_.network();
  const Rois truth{present.boxes, at::full({present.boxes.size(0)}, static_cast<int64_t>(video),
                                           present.rows.options())};
  Tensor own = network.pool(frame.maps, truth, network.box_align()).flatten(1);
  const int64_t objects = frame.targets[video].count();
  prediction->more.set(
      "truth.embeddings",
      own.new_zeros({objects, own.size(1)}).index_copy(0, present.rows, own).unsqueeze(0));
  prediction->more.set("truth.known", at::zeros({objects}, own.options().dtype(at::kBool))
                                          .index_fill(0, present.rows, true)
                                          .unsqueeze(0));
  Matched matched;
  matched.prediction = std::move(prediction);
  matched.first = frame.first;
  matched.targets = {frame.targets[video]};
  matched.matches = {{numbers_of(at::arange(sample.positives(), present.rows.options())),
                      numbers_of(present.rows.index_select(0, sample.objects))}};
  matched.normaliser = object_normaliser(sample.positives(), context.world);
  return matched;
}

}  // namespace clipwork::mask_rcnn
