#include <ATen/TensorOperators.h>

#include "../method.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

void configure_novis(Value& tree, const Json& config, const Options& options) {
  const Json& novis = member(config, "novis");
  set_feature_model(tree, config);
  set_query_decoder(tree, "video_instance", config, options);
  set_novis_decoder(tree, novis);
  bool overlap = text(novis, "tracking") == "overlap";
  tree.set("model.decoder.overlap_embeddings", true);
  tree.set("model.decoder.overlap_input", text(novis, "overlap_input"));
  tree.set("model.decoder.overlap_mask", text(novis, "overlap_mask"));
  tree.set("model.tracker.type", overlap ? "overlap_embedding" : "embedding");
  tree.set("model.tracker.assignment", text(novis, "assignment"));
  tree.set("model.tracker.buffer", integer(novis, "buffer"));
  tree.set("window.length", integer(novis, "clip_length"));
  tree.set("window.stride", integer(novis, "stride"));
  tree.set("tracks.top_k", integer(config, "topk"));
  tree.set("tracks.blend", text(novis, "mask_average"));
  tree.set("tracks.classes", text(novis, "class_scores"));
}

Stage stage_novis(const std::string& tap, const TapPlace& place) {
  if (tap == "tracks.class_scores") return {"novis.pred_logits"};
  if (tap == "tracks.masks") return {"novis.pred_masks", &kVideoMasks};
  if (tap.starts_with("windows.")) return {tap, &kFrames};
  std::string window = cat("novis.window.", place.window, ".");
  if (tap == "decoder.pred_embeds") return {window + "embeddings"};
  if (tap.starts_with("decoder.")) return {window + tap.substr(tap.find('.') + 1)};
  if (tap.starts_with("match.") && tap.ends_with(".cost")) {
    return {"novis.link." + tap.substr(tap.find('.') + 1)};
  }
  return {tap};
}

bool needs_novis(const std::string& stage) {
  return (stage.starts_with("novis.window.") && stage.ends_with(".pred_logits")) ||
         (stage.starts_with("match.") && stage.ends_with(".cols"));
}

/// novis.pred_logits are mean logits, also where the tracks make something else of the windows.
void complete_novis(NamedTensors& stages, const Json& config) {
  if (text(member(config, "novis"), "class_scores") == "mean_logits") return;
  at::Tensor sum;
  int64_t windows = 0;
  for (;; ++windows) {
    auto found = stages.find(cat("novis.window.", windows, ".pred_logits"));
    if (found == stages.end()) break;
    at::Tensor logits = found->second.flatten(0, -2);
    sum = windows == 0 ? logits
                       : sum + logits.index_select(0, stages.at(cat("match.", windows, ".cols")));
  }
  stages["novis.pred_logits"] = sum / windows;
}

}  // namespace

const Method kNovis = {.configure = configure_novis,
                       .stage = stage_novis,
                       .complete = complete_novis,
                       .needs = needs_novis};

}  // namespace clipwork::parity
