#include "../method.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

void configure_mask2former_video(Value& tree, const Json& config, const Options& options) {
  set_feature_model(tree, config);
  set_query_decoder(tree, "video_instance", config, options);
  tree.set("model.decoder.temporal_encoding", "sine");
  tree.set("model.tracker.type", "none");
  tree.set("window.length", "video");
  tree.set("tracks.top_k", integer(config, "topk"));
}

Stage stage_mask2former_video(const std::string& tap, const TapPlace&) { return Stage{tap}; }

}  // namespace

const Method kMask2FormerVideo = {.configure = configure_mask2former_video,
                                  .stage = stage_mask2former_video};

}  // namespace clipwork::parity
