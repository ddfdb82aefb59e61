// Mask R-CNN: the files that it reads, and its detections and losses where golden cases say
// nothing.

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/learner.h>
#include <clipwork/host/pipeline.h>
#include <map>
#include <regex>
#include <set>

#include "support.h"
#include "tap_recorder.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

[[maybe_unused]] const bool kPluginsFound = (use_built_plugins(), true);

Plan plan_of(const std::string& config, const std::vector<std::string>& changes = {}) {
  std::vector<Override> overrides;
  for (const std::string& change : changes) overrides.push_back({change, "the test"});
  return plan_pipeline(load_config((source_dir() / "configs" / config).string(), overrides));
}

const std::vector<std::string> kTorchvision = {"model.decoder.detector.convention=torchvision",
                                               "model.backbone.names=torchvision"};

/// A file of a pipeline's own weights under names that `renames` makes of theirs, in order.
LoadReport report_of(const Pipeline& pipeline,
                     const std::vector<std::pair<std::string, std::string>>& renames) {
  Checkpoint file;
  std::vector<Component*> components;
  for (const PipelineComponent& part : pipeline.components()) {
    components.push_back(part.component.get());
    if (!part.component->weights()) continue;
    for (const NamedParameter& parameter : named_parameters(*part.component)) {
      std::string name = parameter.name;
      for (const auto& [pattern, replacement] : renames) {
        name = std::regex_replace(name, std::regex(pattern), replacement);
      }
      file.tensors.push_back({name, parameter.value});
    }
  }
  return compare_checkpoint(file, components);
}

std::map<std::string, Tensor> detections(const std::string& suppression) {
  const Pipeline pipeline(
      plan_of("mask_rcnn/tiny.toml", {"model.decoder.detector.suppression=" + suppression,
                                      "model.decoder.detector.min_class_score=0.01"}),
      WeightRule{3, {{"cls_score", 3}}});
  TapRecorder taps;
  VideoInfo video;
  video.listener = &taps;
  Stream stream = pipeline.open(video);
  stream.push({picture_by_rule(3, 0, 1, 64, 96)[0], 0, 0, ""});
  stream.finish();
  return taps.heard;
}

/// Two frames of noise with the objects of `targets`.
LossResult losses(const Plan& plan, Targets targets) {
  Batch batch;
  batch.frames = 2;
  batch.padded = {64, 96};
  batch.pictures = picture_by_rule(3, 0, 2, 64, 96).to(at::kFloat).sub(128).div(60);
  batch.targets = {std::move(targets)};
  const Pipeline pipeline = Pipeline::for_training(plan, WeightRule{3, {{"track_head", 0.05}}});
  Generators random(1);
  Communicator world;
  LossResult result = Learner(pipeline)(batch, random, world);
  result.total().backward();
  return result;
}

Targets one_object() {
  Targets targets;
  targets.labels = at::zeros({1}, at::kLong);
  targets.ids = at::zeros({1, 2}, at::kLong);
  targets.masks = at::zeros({1, 2, 64, 96}, at::kBool);
  targets.masks.narrow(2, 10, 30).narrow(3, 20, 40).fill_(true);
  targets.boxes = at::tensor({20.F, 10.F, 60.F, 40.F}).expand({1, 2, 4}).contiguous();
  return targets;
}

Targets no_object() {
  Targets targets;
  targets.labels = at::zeros({0}, at::kLong);
  targets.ids = at::zeros({0, 2}, at::kLong);
  targets.masks = at::zeros({0, 2, 64, 96}, at::kBool);
  targets.boxes = at::zeros({0, 2, 4});
  return targets;
}

std::map<std::string, double> by_name(const LossResult& result) {
  std::map<std::string, double> values;
  for (const LossValue& term : result.terms) values[term.name] = term.value.item<double>();
  return values;
}

}  // namespace

TEST(MaskRcnn, ReadsDetectron2sFiles) {
  const LoadReport report = report_of(Pipeline(plan_of("mask_rcnn/tiny.toml"), WeightRule{}),
                                      {{"^backbone\\.(stem|res)", "backbone.bottom_up.$1"}});
  EXPECT_TRUE(report.missing.empty() && report.unexpected.empty()) << report.text();
  const std::set<std::string> loaded(report.loaded.begin(), report.loaded.end());
  for (const char* name :
       {"backbone.fpn_lateral2.weight", "backbone.fpn_output5.bias",
        "proposal_generator.rpn_head.anchor_deltas.weight", "roi_heads.box_head.fc1.weight",
        "roi_heads.box_predictor.bbox_pred.bias", "roi_heads.mask_head.mask_fcn2.weight",
        "roi_heads.mask_head.deconv.bias", "roi_heads.mask_head.predictor.weight"}) {
    EXPECT_TRUE(loaded.contains(name)) << name;
  }
}

TEST(MaskRcnn, ReadsTorchvisionsFilesOfTodayAndTheFirstOnes) {
  const Pipeline pipeline(plan_of("mask_rcnn/tiny.toml", kTorchvision), WeightRule{});
  const std::pair<std::string, std::string> body = {"^backbone\\.(conv1|bn1|layer)",
                                                    "backbone.body.$1"};
  const LoadReport today = report_of(pipeline, {body});
  EXPECT_TRUE(today.missing.empty() && today.unexpected.empty()) << today.text();
  const std::set<std::string> loaded(today.loaded.begin(), today.loaded.end());
  for (const char* name :
       {"backbone.fpn.inner_blocks.3.0.weight", "backbone.fpn.layer_blocks.0.0.bias",
        "rpn.head.conv.0.0.weight", "rpn.head.cls_logits.bias", "roi_heads.box_head.fc6.weight",
        "roi_heads.mask_head.1.0.weight", "roi_heads.mask_predictor.conv5_mask.weight",
        "roi_heads.mask_predictor.mask_fcn_logits.bias"}) {
    EXPECT_TRUE(loaded.contains(name)) << name;
  }
  const LoadReport first = report_of(
      pipeline, {body,
                 {"^(backbone\\.fpn\\.(?:inner|layer)_blocks\\.\\d)\\.0\\.", "$1."},
                 {"^rpn\\.head\\.conv\\.0\\.0\\.", "rpn.head.conv."},
                 {"^roi_heads\\.mask_head\\.0\\.0\\.", "roi_heads.mask_head.mask_fcn1."},
                 {"^roi_heads\\.mask_head\\.1\\.0\\.", "roi_heads.mask_head.mask_fcn2."}});
  EXPECT_TRUE(first.missing.empty() && first.unexpected.empty()) << first.text();
}

TEST(MaskRcnn, ReadsAHeadThatHasFurtherRowsThanClasses) {
  std::vector<std::string> changes = kTorchvision;
  changes.push_back("model.decoder.detector.class_rows=[1, 2, 3, 4, 6, 7, 8, 9, 11, 14]");
  const Pipeline pipeline(plan_of("mask_rcnn/tiny.toml", changes), WeightRule{3, {}});
  for (const PipelineComponent& part : pipeline.components()) {
    for (const NamedParameter& parameter : named_parameters(*part.component)) {
      if (parameter.name == "roi_heads.box_predictor.cls_score.bias") {
        EXPECT_EQ(parameter.value.size(0), 15);
      }
    }
  }
  TapRecorder taps;
  VideoInfo video;
  video.listener = &taps;
  Stream stream = pipeline.open(video);
  stream.push({picture_by_rule(3, 0, 1, 64, 96)[0], 0, 0, ""});
  stream.finish();
  EXPECT_EQ(taps.heard.at("frame.0.box_head.class_logits").size(1), 11);
  EXPECT_EQ(taps.heard.at("frame.0.box_head.deltas").size(1), 10);
  changes.back() = "model.decoder.detector.class_rows=[1, 2, 2]";
  EXPECT_SAYS(plan_of("mask_rcnn/tiny.toml", changes).faults.text(),
              "class_rows has 2 different rows for 10 classes");
}

TEST(MaskRcnn, TriesEveryClassOfAProposalAlone) {
  const Tensor scores = detections("class").at("frame.0.detections.class_scores");
  ASSERT_GT(scores.size(0), 0);
  EXPECT_EQ(scores.gt(0).sum(1).max().item<int64_t>(), 1);
}

TEST(MaskRcnn, SuppressesAcrossClassesWhereAllDo) {
  const auto heard = detections("all");
  const Tensor scores = heard.at("frame.0.detections.class_scores");
  ASSERT_GT(scores.size(0), 0);
  EXPECT_GT(scores.gt(0).sum(1).min().item<int64_t>(), 1);
  EXPECT_TRUE(
      std::get<1>(scores.max(1)).equal(heard.at("frame.0.detections.labels").to(at::kLong)));
}

TEST(MaskRcnn, AFrameWithoutObjectsHasTheLossesOfBackground) {
  const auto values = by_name(losses(plan_of("masktrack_rcnn/tiny.toml"), no_object()));
  EXPECT_GT(values.at("loss_rpn_cls"), 0);
  EXPECT_GT(values.at("loss_cls"), 0);
  for (const char* name : {"loss_rpn_loc", "loss_box_reg", "loss_mask", "loss_track"}) {
    EXPECT_EQ(values.at(name), 0) << name;
  }
}

TEST(MaskRcnn, TrainsTheTracksOfItsProposals) {
  const auto values = by_name(losses(plan_of("masktrack_rcnn/tiny.toml"), one_object()));
  for (const char* name :
       {"loss_rpn_cls", "loss_rpn_loc", "loss_cls", "loss_box_reg", "loss_mask", "loss_track"}) {
    EXPECT_GT(values.at(name), 0) << name;
  }
}

TEST(MaskRcnn, TrainsTheIdsOfItsProposals) {
  const auto values = by_name(losses(plan_of("iai/tiny_mask_rcnn.toml"), one_object()));
  EXPECT_GT(values.at("loss_id"), 0);
  EXPECT_GT(values.at("loss_mask"), 0);
}

TEST(MaskRcnn, GivesIaiTheIdsOfItsDetections) {
  const Pipeline pipeline(
      plan_of("iai/tiny_mask_rcnn.toml", {"model.decoder.min_id_score=0", "tracks.min_score=0"}),
      WeightRule{3, {{"cls_score", 3}}});
  Stream stream = pipeline.open();
  for (int64_t t = 0; t < 2; ++t) {
    stream.push({picture_by_rule(3, t, 1, 64, 96)[0], t, 0, ""});
  }
  EXPECT_GT(stream.finish().result.rows.size(), 0u);
}
