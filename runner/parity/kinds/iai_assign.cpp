#include <ATen/ops/logit.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>

#include "../kinds.h"
#include "../methods/iai.h"
#include "../model_config.h"
#include "../recorder.h"
#include "../replay.h"
#include "../stand_ins.h"

namespace clipwork::parity {

namespace {

/// Masks that the case gives at both sizes.
class GivenMasks : public Masks {
 public:
  GivenMasks(at::Tensor padded, at::Tensor output, const Geometry& geometry)
      : padded_(std::move(padded)), output_(std::move(output)), geometry_(geometry) {}
  MaskForm form() const override { return {MaskForm::Values::probabilities, {}}; }
  Size size() const override { return geometry_.padded; }
  const Geometry& geometry(int) const override { return geometry_; }
  at::Tensor values(int, const Pairs& pairs) const override {
    return padded_.index_select(0, pairs.row).to(at::kFloat);
  }
  at::Tensor bits(int, const Pairs& pairs, At at) const override {
    return (at == At::padded ? padded_ : output_).index_select(0, pairs.row);
  }
  Rendered render(int, const Pairs& pairs, Quality) const override {
    Rendered rendered;
    for (const at::Tensor& mask : output_.index_select(0, pairs.row).unbind(0)) {
      rendered.masks.push_back(MaskRle::from_tensor(mask.contiguous()));
    }
    return rendered;
  }

 private:
  at::Tensor padded_, output_;
  Geometry geometry_;
};

/// Score table and output masks by slot, of the two rows of a slot the last.
void add_slots(NamedTensors& stages, const std::string& place, const Tracked& tracked,
               int64_t ids) {
  const ClipPrediction& prediction = tracked.prediction;
  const Size size = prediction.masks->geometry(0).output;
  at::Tensor scores = at::zeros({ids, prediction.class_scores.size(2)});
  at::Tensor masks = at::zeros({ids, size.height, size.width}, at::kBool);
  at::Tensor bits = prediction.masks->bits(0, Pairs::all(1, prediction.rows()), At::output);
  for (const Link& link : tracked.links) {
    scores[link.track] = prediction.class_scores[0][link.row];
    masks[link.track] = bits[link.row];
  }
  stages[place + "slot_scores"] = scores;
  stages[place + "slot_masks"] = masks;
}

NamedTensors run_iai_assign(const Case& golden, const Options& options) {
  const Json& config = golden.config();
  const int64_t ids = integer(config, "max_obj_num"), classes = integer(config, "num_classes");
  const Geometry geometry{size_of(config, "image_size"), size_of(config, "padded_size"),
                          size_of(config, "output_size")};
  constexpr int64_t kStride = 32;
  auto padded = [](int64_t side) { return (side + kStride - 1) / kStride * kStride; };
  if (padded(geometry.resized.height) != geometry.padded.height ||
      padded(geometry.resized.width) != geometry.padded.width) {
    throw InputError("padded_size is not image_size rounded up to multiples of 32", "case.json");
  }
  Value tree = Value::table();
  set_empty_maps(tree, kStride);
  // The association's output goes nowhere here, so it may be small.
  tree.set("model.decoder.type", "iai");
  for (const char* width : {"channels", "feedforward"}) {
    tree.set(cat("model.decoder.", width), int64_t{32});
  }
  tree.set("model.decoder.class", false);
  tree.set("model.decoder.ids", ids);
  tree.set("model.decoder.min_visible", number(config, "visible_thr"));
  set_scripted(tree, "model.decoder.detector");
  set_identity_tracks(tree, config);
  tree.set("model.tracker.tracker", *tree.find("model.tracker"));
  set_scripted(tree, "model.tracker");
  tree.set("preprocess.resize", "none");
  tree.set("preprocess.divisor", kStride);
  tree.set("classes.names", class_names(classes));
  tree.set("run.plain", !options.packed);

  NamedTensors stages;
  std::string place;
  Script script;
  script.select = [&](Detector*, const Tensors&, const Geometry&, const Rank&) {
    ClipPrediction prediction = no_detections(classes, ids, geometry);
    if (!golden.has_input(place + "id_scores")) return prediction;
    prediction.class_scores = golden.input(place + "class_scores").unsqueeze(0);
    // The decoder takes logits and adds the column of "none".
    at::Tensor scores = golden.input(place + "id_scores").narrow(1, 0, ids);
    prediction.more.set("id_logits", at::logit(scores).unsqueeze(0));
    prediction.masks = std::make_shared<GivenMasks>(golden.input(place + "masks"),
                                                    golden.input(place + "ori_masks"), geometry);
    return prediction;
  };
  script.tracked = [&](const Tracked& tracked) { add_slots(stages, place, tracked, ids); };
  auto pipeline = scripted_pipeline(tree, {}, script);

  std::vector<int64_t> videos = integers(member(config, "videos"));
  for (size_t v = 0; v < videos.size(); ++v) {
    const std::string video = cat("video.", v, ".");
    Recorder recorder([&](const std::string& tap) {
      return tap.starts_with("frame.") ? Stage{video + tap} : Stage{};
    });
    VideoInfo info;
    info.name = golden.name;
    info.output = geometry.output;
    info.listener = &recorder;
    Stream stream = pipeline->open(info);
    at::Tensor blank = at::zeros({3, geometry.resized.height, geometry.resized.width}, at::kByte);
    for (int64_t t = 0; t < videos[v]; ++t) {
      place = cat(video, "frame.", t, ".");
      stream.push({blank, t, 0, ""});
    }
    Result result = stream.finish().result;
    for (auto& [name, value] : recorder.stages()) stages[name] = value;
    add_results(stages, result, video, false);
  }
  return stages;
}

const Kind kIaiAssign("iai_assign", run_iai_assign);

}  // namespace

}  // namespace clipwork::parity
