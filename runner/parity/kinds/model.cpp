#include "../kinds.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <clipwork/config.h>
#include <clipwork/error.h>
#include <clipwork/pipeline.h>

#include <algorithm>

#include "../model_config.h"
#include "../recorder.h"
#include "../replay.h"

namespace clipwork::parity {

namespace {

/// How a method ranks: [tracks] and the tracker.
void set_tracking(Value& tree, const std::string& method, int64_t topk) {
  tree.set("tracks.top_k", topk);
  tree.set("tracks.quality", method == "mask2former_image" ? "output" : "none");
  tree.set("model.tracker.type", method == "minvis" ? "embedding" : "none");
}

Size output_of(const Json& config) { return size_of(config, "output_size"); }

/// Stages whose calls, one a frame, stand along another dimension than the first.
at::Tensor join_frames(const std::string& stage, const std::vector<at::Tensor>& calls, bool video) {
  auto ends = [&](const char* end) { return stage.ends_with(end); };
  if (ends(".pred_masks")) {
    std::vector<at::Tensor> frames;
    for (const at::Tensor& call : calls) frames.push_back(call.dim() == 4 ? call.squeeze(0) : call);
    return video ? at::stack(frames, 1).unsqueeze(0) : at::stack(frames);
  }
  at::Tensor joined = at::cat(calls);
  if (video && ends(".pred_logits")) return joined.unsqueeze(0);
  if (video && ends(".pred_embeds")) return joined.permute({2, 0, 1}).unsqueeze(0);
  return joined;
}

/// One golden tensor a frame, undoing join_frames.
std::vector<at::Tensor> split_frames(const std::string& stage, const at::Tensor& golden,
                                     bool video) {
  auto ends = [&](const char* end) { return stage.ends_with(end); };
  if (video && ends(".pred_masks")) return golden.squeeze(0).unbind(1);
  if (video && ends(".pred_logits")) return golden.squeeze(0).unbind(0);
  if (video && ends(".pred_embeds")) return golden.squeeze(0).permute({1, 2, 0}).unbind(0);
  return golden.unbind(0);
}

}  // namespace

NamedTensors run_model(const Case& golden, const Options& options) {
  const Json& config = golden.config();
  std::string method = text(config, "method");
  bool video = method == "minvis";
  if (!video && method != "mask2former_image") {
    throw InputError(cat("method '", method, "' is not known"), "case.json");
  }
  Value tree = Value::table();
  set_frame_model(tree, config, options);
  set_preprocess(tree, config, member(config, "resize"));
  set_tracking(tree, method, integer(config, "topk"));
  tree.set("classes.names", class_names(integer(config, "num_classes")));
  tree.set("run.plain", !options.packed);
  PipelineOptions pipeline_options;
  pipeline_options.weights = "rule";
  pipeline_options.rule = golden.weights();
  Pipeline pipeline(Config(tree, {}), pipeline_options);

  // The loop's own names for what the golden cases call after the method.
  const std::map<std::string, std::string> own_names = {
      {"tracks.class_scores", "minvis.pred_logits"}, {"tracks.masks", "minvis.pred_masks"}};
  Recorder recorder([&](const std::string& tap) {
    auto own = own_names.find(tap);
    return golden.wants(own == own_names.end() ? tap : own->second);
  });
  for (const std::string& stage : options.feed) {
    auto found = golden.outputs.find(stage);
    if (found == golden.outputs.end() || golden.select.count(stage)) {
      throw InputError(
          cat("stage '", stage, "' is not stored whole in this case, so it cannot be fed"));
    }
    recorder.feed(stage, split_frames(stage, found->second, video));
  }

  at::Tensor frames = golden.input("frames");
  VideoInfo info;
  info.name = golden.name;
  info.output = output_of(config);
  info.listener = &recorder;
  NamedTensors stages;
  if (video) {
    Stream stream = pipeline.open(info);
    for (int64_t t = 0; t < frames.size(0); ++t) stream.push({frames[t], t, 0, ""});
    add_results(stages, stream.finish(), "", false);
  } else {
    if (frames.size(0) != 1) throw InputError("an image case has one picture", "case.json");
    Stream stream = pipeline.open(info);
    stream.push({frames[0], 0, 0, ""});
    add_results(stages, stream.finish(), "", true);
  }
  for (const auto& [tap, calls] : recorder.heard()) {
    if (tap.starts_with("match.")) {
      stages[tap] = calls.front();
    } else if (auto own = own_names.find(tap); own != own_names.end()) {
      stages[own->second] =
          tap == "tracks.masks" ? at::stack(calls, 1).unsqueeze(0) : calls.front().unsqueeze(0);
    } else {
      stages[tap] = join_frames(tap, calls, video);
    }
  }
  return stages;
}

}  // namespace clipwork::parity
