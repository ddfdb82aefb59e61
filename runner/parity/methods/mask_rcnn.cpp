#include "mask_rcnn.h"

#include "../method.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

Value::Array values_of(const Json& numbers) {
  Value::Array values;
  for (const Json& number : numbers.GetArray()) {
    number.IsInt64() ? values.emplace_back(number.GetInt64())
                     : values.emplace_back(number.GetDouble());
  }
  return values;
}

void configure_mask_rcnn(Value& tree, const Json& config, const Options&) {
  set_backbone(tree, member(config, "backbone"));
  tree.set("model.backbone.names", text(config, "convention"));
  tree.set("model.decoder.type", "detect");
  set_mask_rcnn(tree, "model.decoder.detector", config);
  tree.set("model.tracker.type", "none");
  tree.set("window.length", int64_t{1});
  tree.set("tracks.classes", "mean_probs");
  tree.set("tracks.quality", "none");
  tree.set("tracks.top_k_over", "rows");
  tree.set("tracks.top_k", integer(member(config, "test"), "detections_per_img"));
}

Stage stage_mask_rcnn(const std::string& tap, const TapPlace&) {
  const std::string frame = "frame.0.";
  return {tap.starts_with(frame) ? tap.substr(frame.size()) : tap, &kFrames};
}

}  // namespace

void set_mask_rcnn(Value& tree, const std::string& place, const Json& config) {
  auto set = [&](const char* name, Value value) {
    tree.set(cat(place, ".", name), std::move(value));
  };
  set("type", "mask_rcnn");
  set("convention", text(config, "convention"));
  set("channels", integer(config, "fpn_channels"));
  set("anchor_sizes", values_of(member(config, "anchor_sizes")));
  set("anchor_ratios", values_of(member(config, "aspect_ratios")));
  set("box_width", integer(config, "representation_size"));
  const std::vector<int64_t> layers = integers(member(config, "mask_layers"));
  set("mask_channels", layers.front());
  set("mask_convolutions", std::ssize(layers));
  const Json& test = member(config, "test");
  set("level_proposals", integer(test, "pre_nms_top_n"));
  set("proposals", integer(test, "post_nms_top_n"));
  set("proposal_nms_iou", number(test, "rpn_nms_thresh"));
  set("detections", integer(test, "detections_per_img"));
  set("min_class_score", number(test, "score_thresh"));
  set("nms_iou", number(test, "nms_thresh"));
}

const Method kMaskRcnn = {
    .configure = configure_mask_rcnn, .stage = stage_mask_rcnn, .one_picture = true};

}  // namespace clipwork::parity
