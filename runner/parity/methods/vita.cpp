#include "../method.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

Stage stage_vita(const std::string& tap, const TapPlace&) {
  if (tap.starts_with("decoder.") || tap == "vita.mask_features") return {tap, &kFrames};
  return tap.starts_with("vita.") ? Stage{tap} : Stage{};
}

void configure_vita(Value& tree, const Json& config, const Options& options) {
  set_feature_model(tree, config);
  set_object_decoder(tree, config, options);
  tree.set("model.tracker.type", "none");
  tree.set("window.length", "video");
  tree.set("tracks.top_k", integer(config, "topk"));
  tree.set("tracks.quality", "padded");
}

}  // namespace

const Method kVita = {.configure = configure_vita, .stage = stage_vita};

}  // namespace clipwork::parity
