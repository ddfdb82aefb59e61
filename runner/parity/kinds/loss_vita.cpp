#include <ATen/core/Tensor.h>
#include <clipwork/make_component.h>

#include "../kinds.h"
#include "../losses.h"

namespace clipwork::parity {

namespace {

NamedTensors run_loss_vita(const Case& golden, const Options&) {
  const Json& config = golden.config();
  Size padded = size_of(config, "padded_size");
  int64_t frames = integer(config, "frames"), copies = integer(config, "frame_layers_used");
  NamedTensors stages;
  Leaves leaves(golden);
  Draws draws(golden);
  std::vector<Targets> targets;
  for (int64_t b = 0; leaves.has(cat("target.", b, ".labels")); ++b) {
    Targets video = read_targets(golden, cat("target.", b, "."), padded);
    targets.push_back(with_ids_from_zero(without_absent(without_empty_masks(std::move(video)))));
    stages[cat("prepared.", b, ".labels")] = targets.back().labels;
    stages[cat("prepared.", b, ".ids")] = targets.back().ids;
  }

  Sequence sequence;
  auto of_frames = std::make_shared<ClipPrediction>(
      dense_prediction(leaves("frame.pred_logits"), leaves("frame.pred_masks"), padded));
  for (int64_t i = 0; i < integer(config, "frame_aux_layers"); ++i) {
    std::string aux = cat("frame.aux.", i, ".");
    of_frames->aux.push_back(
        dense_prediction(leaves(aux + "pred_logits"), leaves(aux + "pred_masks"), padded));
  }
  sequence.frames = of_frames;

  // [B, C, H, W] of each frame.
  std::vector<at::Tensor> features = leaves("clip.mask_features").unbind(1);
  std::vector<Geometry> geometry(features.size(), Geometry{padded, padded, padded});
  auto clip_prediction = [&](const std::string& front) {
    ClipPrediction prediction;
    prediction.class_scores = leaves(front + "pred_logits").flatten(0, 1);
    prediction.masks = product_masks(leaves(front + "pred_mask_embed").flatten(0, 1),
                                     {features.begin(), features.end()}, geometry);
    prediction.copies = static_cast<int>(copies);
    // Frames and clips have similarity heads in every layer; only the last layer's are read.
    prediction.more.set("similarity.clip", leaves(front + "pred_cq_embed").flatten(0, 1));
    return prediction;
  };
  auto of_clip = std::make_shared<ClipPrediction>(clip_prediction("clip."));
  of_clip->more.set("similarity.frame", leaves("clip.pred_fq_embed").flatten(0, 1));
  for (int64_t i = 0; i + 1 < integer(config, "clip_decoder_layers"); ++i) {
    of_clip->aux.push_back(clip_prediction(cat("clip.aux.", i, ".")));
  }
  sequence.clips.push_back({0, frames, of_clip});

  Value table = loss_table(config, "set", "volume");
  table.set("name", "vita");
  table.set("frames", loss_table(config, "set", "frame"));
  table.set("terms.sim.type", "similarity");
  table.set("terms.sim.weight", number(member(config, "loss_weights"), "sim"));
  table.set("terms.sim.clips", boolean(config, "sim_use_clip"));
  auto loss = make_component<Loss>("set", table);
  Generators random(0);
  OneOfMany world(integer(config, "world_size"));
  Context context{true, random, world};
  auto of_clips = [](const std::string& name) { return name.starts_with("vita."); };
  draws.set_names([&](const std::string& purpose) {
    return of_clips(purpose) ? "clip." + purpose.substr(sizeof("vita.") - 1) : "frame." + purpose;
  });
  TapScope taps(&draws);
  LossResult result = (*loss)(sequence, targets, context);
  result.total().backward();
  add_terms(stages, "loss.", result);
  draws.add_pairs(stages, "match.clip.", of_clips);
  draws.add_pairs(stages, "match.frame.", [&](const std::string& name) { return !of_clips(name); });
  leaves.add_gradients(stages);
  return stages;
}

const Kind kLossVita("loss_vita", run_loss_vita);

}  // namespace

}  // namespace clipwork::parity
