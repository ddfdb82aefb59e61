#include "iai.h"

#include <clipwork/error.h>

#include <cmath>

#include "../method.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

constexpr const char* kDetector = "model.decoder.detector";

void set_detector(Value& tree, const Json& config) {
  const Json& head = member(config, "head");
  auto set = [&](const char* name, Value value) {
    tree.set(cat(kDetector, ".", name), std::move(value));
  };
  set("type", "condinst");
  set("channels", integer(config, "fpn_channels"));
  set("head_channels", integer(head, "channels"));
  set("convolutions", integer(head, "stacked_convs"));
  set("norm_groups", integer(head, "group_norm"));
  set("mask_channels", integer(head, "mask_channels"));
  int64_t out = integer(head, "mask_out"), numbers = integer(head, "dynamic_params");
  set("mask_out", out);
  // The hidden width w of the dynamic convolutions from their numbers, 2 w^2 and more.
  int64_t width = 1;
  auto needed = [&] { return (out + 2) * width + width * width + width + 2 * width + 1; };
  while (needed() < numbers) ++width;
  if (needed() != numbers) {
    throw InputError(
        cat("dynamic_params ", numbers, " are not three convolutions with ", out + 2, " channels"),
        "case.json");
  }
  set("dynamic_channels", width);
  Value::Array strides;
  for (int64_t stride : integers(member(config, "strides"))) strides.emplace_back(stride);
  set("strides", strides);
}

/// The rules by which detections and their tracks are chosen.
void set_inference(Value& tree, const Json& test) {
  tree.set("model.decoder.min_id_score", number(test, "id_score_thr"));
  tree.set("model.decoder.min_visible", number(test, "visible_thr"));
  if (integer(test, "min_bbox_size") != 0) {
    throw InputError("min_bbox_size other than 0 is not supported", "case.json");
  }
  set_selection(tree, kDetector, test);
  set_identity_tracks(tree, test);
}

void configure_iai(Value& tree, const Json& config, const Options&) {
  set_backbone(tree, member(config, "backbone"));
  tree.set("model.backbone.names", "torchvision");
  const Json& association = member(config, "association");
  set_association(tree, association);
  if (integer(config, "encoder_projector") != integer(association, "channels")) {
    throw InputError("encoder_projector and association.channels differ", "case.json");
  }
  tree.set("model.decoder.projection", integer(config, "backbone_projector"));
  tree.set("model.decoder.ids", integer(config, "max_obj_num"));
  tree.set("model.decoder.id_convs", integer(member(config, "head"), "id_stacked_convs") + 1);
  set_detector(tree, config);
  if (config.HasMember("training")) {
    // Nothing is detected; the tracker only completes the assembly.
    tree.set("model.tracker.type", "id_head");
    tree.set("window.length", int64_t{1});
  } else {
    set_inference(tree, member(config, "test"));
  }
}

Stage stage_iai(const std::string& tap, const TapPlace&) {
  return tap.starts_with("frame.") ? Stage{tap} : Stage{};
}

}  // namespace

void set_association(Value& tree, const Json& association) {
  auto set = [&](const char* name, int64_t value) { tree.set(cat("model.decoder.", name), value); };
  tree.set("model.decoder.type", "iai");
  set("layers", integer(association, "layers"));
  set("channels", integer(association, "channels"));
  set("self_heads", integer(association, "self_heads"));
  set("memory_heads", integer(association, "attn_heads"));
  set("feedforward", integer(association, "feedforward"));
  set("reach", integer(association, "max_dis"));
  set("memory_interval", integer(association, "global_mem_interval"));
}

void set_identity_tracks(Value& tree, const Json& thresholds) {
  tree.set("model.tracker.type", "id_head");
  tree.set("window.length", int64_t{1});
  tree.set("tracks.classes", "mean_probs");
  tree.set("tracks.absent", "zero");
  tree.set("tracks.top_k", integer(thresholds, "max_per_img"));
  // Ours is the least score that is kept, the case's the greatest that is not.
  tree.set("tracks.min_score", std::nextafter(number(thresholds, "result_score_thr"), 1.0));
}

void set_selection(Value& tree, const std::string& place, const Json& thresholds) {
  tree.set(place + ".level_candidates", integer(thresholds, "nms_pre"));
  tree.set(place + ".detections", integer(thresholds, "max_per_img"));
  tree.set(place + ".min_class_score", number(thresholds, "cls_score_thr"));
  tree.set(place + ".nms_iou", number(thresholds, "nms_iou"));
  tree.set(place + ".suppression", "all");
}

const Method kIai = {.configure = configure_iai, .stage = stage_iai};

}  // namespace clipwork::parity
