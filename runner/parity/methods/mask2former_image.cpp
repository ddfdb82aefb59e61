#include "../method.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

void configure_mask2former_image(Value& tree, const Json& config, const Options& options) {
  set_feature_model(tree, config);
  set_query_decoder(tree, "mask2former", config, options);
  tree.set("model.tracker.type", "none");
  tree.set("tracks.top_k", integer(config, "topk"));
  tree.set("tracks.quality", "output");
}

Stage stage_mask2former_image(const std::string& tap, const TapPlace&) {
  return Stage{tap, &kFrames};
}

}  // namespace

const Method kMask2FormerImage = {.configure = configure_mask2former_image,
                                  .stage = stage_mask2former_image,
                                  .one_picture = true};

}  // namespace clipwork::parity
