#include <ATen/ops/stack.h>

#include "../method.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

/// Embeddings [1, Q, C] a frame: [1, C, T, Q].
const Join kEmbeddings = {[](const std::vector<at::Tensor>& calls) {
                            return at::stack(calls, 1).permute({0, 3, 1, 2});
                          },
                          [](const at::Tensor& golden) {
                            return golden.permute({2, 0, 3, 1}).unbind(0);
                          }};

Stage stage_minvis(const std::string& tap, const TapPlace&) {
  if (tap == "tracks.class_scores") return {"minvis.pred_logits"};
  if (tap == "tracks.masks") return {"minvis.pred_masks", &kVideoMasks};
  if (tap == "decoder.pred_embeds") return {tap, &kEmbeddings};
  if (tap.ends_with(".pred_logits")) return {tap, &kVideoFrames};
  if (tap.ends_with(".pred_masks")) return {tap, &kVideoMasks};
  return {tap, tap.starts_with("match.") ? &kOnce : &kFrames};
}

void configure_minvis(Value& tree, const Json& config, const Options& options) {
  set_feature_model(tree, config);
  set_query_decoder(tree, "mask2former", config, options);
  tree.set("model.tracker.type", "embedding");
  tree.set("tracks.top_k", integer(config, "topk"));
}

}  // namespace

const Method kMinVis = {.configure = configure_minvis, .stage = stage_minvis};

}  // namespace clipwork::parity
