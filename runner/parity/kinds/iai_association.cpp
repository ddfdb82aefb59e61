#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/decoder.h>
#include <clipwork/error.h>

#include "../kinds.h"
#include "../methods/iai.h"
#include "../model_config.h"
#include "../recorder.h"
#include "../stand_ins.h"

namespace clipwork::parity {

namespace {

/// Id planes bool [1, N + 1, H, W] of a frame's rectangles: a later one takes the pixels,
/// background is where none is.
at::Tensor planes_of(const Json& frame, int64_t ids, Size size) {
  at::Tensor planes = at::zeros({1, ids + 1, size.height, size.width}, at::kBool);
  planes.select(1, ids).fill_(true);
  for (const Json& rect : member(frame, "rects").GetArray()) {
    std::vector<int64_t> r = integers(rect);
    if (r.size() != 5 || r[0] < 0 || r[0] >= ids) {
      throw InputError("a rectangle must be [slot, y0, x0, y1, x1]", "case.json");
    }
    at::Tensor box = planes.slice(2, r[1], r[3]).slice(3, r[2], r[4]);
    box.fill_(false);
    box.select(1, r[0]).fill_(true);
  }
  return planes;
}

Decoder& decoder_of(const Pipeline& pipeline) {
  for (const PipelineComponent& part : pipeline.components()) {
    if (part.place == "model.decoder") return dynamic_cast<Decoder&>(*part.component);
  }
  throw Error("the pipeline has no decoder");
}

NamedTensors run_iai_association(const Case& golden, const Options& options) {
  const Json& config = golden.config();
  const Json& video = member(config, "video");
  const int64_t ids = integer(config, "max_obj_num"), stride = integer(config, "stride");
  const Size map = size_of(config, "feature_size");
  const Size size{map.height * stride, map.width * stride};
  const Geometry geometry{size, size, size};

  Value tree = Value::table();
  set_empty_maps(tree, stride);
  set_association(tree, config);
  tree.set("model.decoder.class", false);
  tree.set("model.decoder.ids", ids);
  set_scripted(tree, "model.decoder.detector");
  tree.set("model.tracker.type", "id_head");
  tree.set("classes.names", class_names(1));
  tree.set("run.plain", !options.packed);
  Script script;
  script.select = [&](Detector*, const Tensors&, const Geometry&, const Rank&) {
    return no_detections(1, ids, geometry);
  };
  auto pipeline = scripted_pipeline(tree, golden.weights(), script);
  Decoder& decoder = decoder_of(*pipeline);

  const std::string last = cat("frame.", video.Size() - 1, ".memory.global_");
  Recorder recorder([&](const std::string& tap) {
    if (tap.ends_with(".position")) return Stage{"position"};
    if (tap.starts_with(last)) return Stage{tap.substr(tap.find("memory."))};
    return Stage{tap};
  });
  Generators random(0);
  Communicator world;
  Context context{false, random, world};
  std::unique_ptr<State> state = decoder.make_state(1);
  c10::InferenceMode inference;
  for (int64_t t = 0; t < static_cast<int64_t>(video.Size()); ++t) {
    const Json& frame = video[static_cast<rapidjson::SizeType>(t)];
    recorder.feed(cat("frame.", t, ".id_masks"), planes_of(frame, ids, size));
    recorder.feed(cat("frame.", t, ".new"), at::zeros({1}, at::kBool).fill_(boolean(frame, "new")));
    std::vector<FrameMemo> memos(1);
    memos[0].tensors.set("encoded", golden.input(cat("feature.", t)));
    TapScope taps(&recorder);
    Window window{t, memos, {&geometry, 1}, 0, 0};
    decoder.decode(window, {}, *state, context);
    Observation nothing{at::zeros({1, 0}, at::kLong),
                        at::zeros({1, 0, 1, size.height, size.width}, at::kBool),
                        at::zeros({1, 0}, at::kBool)};
    decoder.observe(nothing, *state, context);
  }
  return recorder.stages();
}

const Kind kIaiAssociation("iai_association", run_iai_association);

}  // namespace

}  // namespace clipwork::parity
