#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/upsample.h>

#include <cmath>

#include "../kinds.h"
#include "../methods/iai.h"
#include "../model_config.h"
#include "../recorder.h"
#include "../stand_ins.h"

namespace clipwork::parity {

namespace {

/// The case's outputs of the head, under the detector's names.
Tensors dense_inputs(const Case& golden, int64_t levels) {
  Tensors dense;
  for (int64_t i = 0; i < levels; ++i) {
    const std::pair<const char*, const char*> kNames[] = {{"class.", "class_logits"},
                                                          {"id.", "id_logits"},
                                                          {"centerness.", "centerness"},
                                                          {"box.", "boxes"},
                                                          {"kernel.", "kernels"}};
    for (const auto& [input, name] : kNames) {
      dense.set(cat("p", i + 3, ".", name), golden.input(cat(input, i)));
    }
  }
  dense.set("mask_features", golden.input("mask_features"));
  return dense;
}

void check_scale(const Json& config, const Geometry& geometry) {
  const Json& scale = member(config, "scale_factor");
  double expected[] = {
      static_cast<double>(geometry.resized.width) / static_cast<double>(geometry.output.width),
      static_cast<double>(geometry.resized.height) / static_cast<double>(geometry.output.height)};
  for (rapidjson::SizeType i = 0; i < scale.Size(); ++i) {
    if (std::abs(scale[i].GetDouble() - expected[i % 2]) > 1e-6 * expected[i % 2]) {
      throw InputError("scale_factor is not image_size / output_size", "case.json");
    }
  }
}

NamedTensors run_condinst_head(const Case& golden, const Options& options) {
  const Json& config = golden.config();
  const Geometry geometry{size_of(config, "image_size"), size_of(config, "padded_size"),
                          size_of(config, "output_size")};
  check_scale(config, geometry);
  std::vector<int64_t> strides = integers(member(config, "strides"));
  const std::string detector = "model.decoder.detector.detector";

  Value tree = Value::table();
  set_empty_maps(tree, 32);
  tree.set("model.decoder.type", "iai");
  tree.set("model.decoder.association", false);
  tree.set("model.decoder.ids", integer(config, "max_obj_num"));
  tree.set("model.decoder.min_id_score", number(config, "id_score_thr"));
  set_scripted(tree, "model.decoder.detector");
  tree.set(detector + ".type", "condinst");
  Value::Array levels;
  for (int64_t stride : strides) levels.emplace_back(stride);
  tree.set(detector + ".strides", levels);
  set_selection(tree, detector, config);
  tree.set("model.tracker.type", "id_head");
  tree.set("preprocess.resize", "none");
  tree.set("classes.names", class_names(integer(config, "num_classes")));
  tree.set("run.plain", !options.packed);

  Script script;
  script.dense = [&] { return dense_inputs(golden, static_cast<int64_t>(strides.size())); };
  script.select = [&](Detector* inner, const Tensors& dense, const Geometry&, const Rank& rank) {
    ClipPrediction prediction = inner->select(dense, geometry, rank);
    Pairs all = Pairs::all(1, prediction.rows());
    tap_made([&] { return prediction.masks->bits(0, all, At::padded); }, "masks");
    tap_made([&] { return prediction.masks->bits(0, all, At::output); }, "ori_masks");
    return prediction;
  };
  auto pipeline = scripted_pipeline(tree, {}, script);

  // A video's first frame ranks otherwise than those behind it.
  Recorder recorder([&](const std::string& tap) {
    std::string rest = tap.substr(std::min(tap.size(), std::string("frame.0.").size()));
    if (tap.starts_with("frame.0.")) return Stage{"first." + rest};
    if (tap.starts_with("frame.1.")) return Stage{"later." + rest};
    return Stage{};
  });
  VideoInfo info;
  info.name = golden.name;
  info.output = geometry.output;
  info.listener = &recorder;
  Stream stream = pipeline->open(info);
  at::Tensor blank = at::zeros({3, geometry.resized.height, geometry.resized.width}, at::kByte);
  for (int64_t t = 0; t < 2; ++t) stream.push({blank, t, 0, ""});
  stream.finish();
  NamedTensors stages = recorder.stages();
  for (const auto& [name, value] : golden.outputs) {
    const std::string prefix = "aligned.";
    if (!name.starts_with(prefix)) continue;
    stages[name] =
        aligned_upsample(golden.input("aligned"), std::stoll(name.substr(prefix.size())));
  }
  return stages;
}

const Kind kCondinstHead("condinst_head", run_condinst_head);

}  // namespace

}  // namespace clipwork::parity
