#include <clipwork/error.h>

#include "../method.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

Stage stage_genvis(const std::string& tap, const TapPlace& place) {
  if (tap == "vita.mask_features") return {"genvis.mask_features", &kFrames};
  if (tap.starts_with("decoder.")) return {tap, &kFrames};
  for (const char* name :
       {"vita.encoded", "vita.pred_logits", "vita.pred_mask_embed", "propagation.query_in",
        "propagation.query_out", "propagation.memory_k", "propagation.memory_v"}) {
    if (tap == name) return {cat("genvis.clip.", place.window, tap.substr(tap.find('.')))};
  }
  return {};
}

void configure_genvis(Value& tree, const Json& config, const Options& options) {
  set_feature_model(tree, config);
  set_object_decoder(tree, config, options);
  tree.set("model.tracker.type", "query_propagation");
  tree.set("window.length", integer(member(config, "genvis"), "clip_length"));
  tree.set("tracks.top_k", integer(config, "topk"));
  tree.set("tracks.classes", "max_probs");
  tree.set("tracks.quality", "padded");
}

}  // namespace

const Method kGenVis = {.configure = configure_genvis, .stage = stage_genvis};

}  // namespace clipwork::parity
