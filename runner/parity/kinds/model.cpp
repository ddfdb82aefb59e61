#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>

#include "../kinds.h"
#include "../method.h"
#include "../model_config.h"
#include "../recorder.h"
#include "../replay.h"

namespace clipwork::parity {

namespace {

Config config_of(const Case& golden, const Method& method, const Options& options) {
  const Json& config = golden.config();
  Value tree = Value::table();
  set_preprocess(tree, config, member(config, "resize"));
  tree.set("classes.names", class_names(integer(config, "num_classes")));
  tree.set("run.plain", !options.packed);
  tree.set("run.device", options.device);
  method.configure(tree, config, options);
  return Config(tree, {});
}

Stage stage_of(const Method& method, const std::string& tap) {
  for (const char* part : {"preprocessed", "backbone.", "pixel_decoder."}) {
    if (tap.starts_with(part)) return {tap, &kFrames};
  }
  return method.stage(tap, tap_place());
}

NamedTensors run_model(const Case& golden, const Options& options) {
  const Method& method = method_of(golden.config());
  at::Tensor frames = golden.input("frames");
  if (method.one_picture && frames.size(0) != 1) {
    throw InputError("an image case must have one picture", "case.json");
  }
  const Pipeline pipeline(config_of(golden, method, options), golden.weights());

  Recorder recorder([&](const std::string& tap) {
    Stage stage = stage_of(method, tap);
    bool needed = method.needs && method.needs(stage.name);
    return needed || golden.wants(stage.name) || options.feed.count(stage.name) ? stage : Stage{};
  });
  for (const std::string& stage : options.feed) {
    auto found = golden.outputs.find(stage);
    if (found == golden.outputs.end() || golden.select.count(stage)) {
      throw InputError(
          cat("stage '", stage, "' is not stored completely in this case, so it cannot be fed"));
    }
    recorder.feed(stage, found->second);
  }
  for (const auto& [name, value] : golden.outputs) {
    if (follows_recorded(golden, options, name)) recorder.follow(name, value);
  }
  VideoInfo info;
  info.name = golden.name;
  info.output = size_of(golden.config(), "output_size");
  info.listener = &recorder;
  Stream stream = pipeline.open(info);
  for (int64_t t = 0; t < frames.size(0); ++t) stream.push({frames[t], t, 0, ""});
  Result result = stream.finish().result;
  for (const std::string& stage : options.feed) {
    if (recorder.calls(stage).empty()) {
      throw InputError(
          cat("this method does not compute stage '", stage, "', so it cannot be fed"));
    }
  }
  NamedTensors stages = recorder.stages();
  if (method.complete) method.complete(stages, golden.config());
  add_results(stages, result, "", method.one_picture);
  return stages;
}

const Kind kModel("model", run_model);

}  // namespace

}  // namespace clipwork::parity
