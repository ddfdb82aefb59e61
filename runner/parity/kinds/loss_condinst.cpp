#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "../component.h"
#include "../kinds.h"
#include "../losses.h"

namespace clipwork::parity {

namespace {

/// Image i of the case as a video of one frame.
Targets image_targets(const Case& golden, int64_t i, Size padded) {
  std::string front = cat("image.", i, ".");
  Targets targets;
  targets.name = cat("image ", i);
  if (!golden.has_input(front + "labels")) {
    targets.labels = at::zeros({0}, at::kLong);
    targets.ids = at::zeros({0, 1}, at::kLong);
    targets.masks = at::zeros({0, 1, padded.height, padded.width}, at::kBool);
    targets.boxes = at::zeros({0, 1, 4});
    return targets;
  }
  targets.labels = golden.input(front + "labels");
  targets.ids = golden.input(front + "ids").unsqueeze(1);
  targets.masks = golden.input(front + "masks").unsqueeze(1);
  targets.boxes = golden.input(front + "boxes").unsqueeze(1);
  return padded_targets(std::move(targets), padded);
}

NamedTensors run_loss_condinst(const Case& golden, const Options& options) {
  const Json& config = golden.config();
  Size padded = size_of(config, "padded_size");
  NamedTensors stages;
  Leaves leaves(golden);
  std::vector<int64_t> strides = integers(member(config, "strides"));
  auto prediction = std::make_shared<ClipPrediction>();
  prediction->form = ScoreForm::probability;
  const std::vector<std::pair<std::string, std::string>> kOutputs = {{"class", "class_logits"},
                                                                     {"id", "id_logits"},
                                                                     {"box", "boxes"},
                                                                     {"centerness", "centerness"},
                                                                     {"kernel", "kernels"}};
  for (size_t level = 0; level < strides.size(); ++level) {
    for (const auto& [theirs, ours] : kOutputs) {
      prediction->more.set(cat("dense.p", level + 3, ".", ours), leaves(cat(theirs, ".", level)));
    }
  }
  prediction->more.set("dense.mask_features", leaves("mask_features"));
  std::vector<Targets> targets;
  for (int64_t i = 0; i < integer(config, "images"); ++i) {
    targets.push_back(image_targets(golden, i, padded));
  }
  Sequence sequence;
  sequence.clips.push_back({0, 1, prediction});

  // The case gives labels of ids, not numbers of objects.
  Value table = dense_loss_table(config, /*newcomers=*/false);
  Value::Array of_levels(strides.begin(), strides.end());
  table.set("detector.type", "condinst");
  table.set("detector.strides", std::move(of_levels));
  // Of the detector the loss reads parameters only, so that any maps will do.
  Given given;
  given.classes = integer(config, "num_classes");
  given.maps = {{"res3", 1, 8}, {"res4", 1, 16}, {"res5", 1, 32}};
  auto loss = make_alone<Loss>(table, given, golden, options);
  Draws draws(golden);
  TapScope taps(&draws);
  Generators random(0);
  Communicator world;
  Context context{true, random, world};
  LossResult result = (*loss)(sequence, targets, context);
  at::Tensor sum;
  for (const LossValue& term : result.terms) {
    stages["loss." + term.name.substr(sizeof("loss_") - 1)] = term.value.detach();
    sum = sum.defined() ? sum + term.value : term.value;
  }
  sum.backward();
  const Matched& matched = result.layers.at(0).clips.at(0);
  for (size_t i = 0; i < targets.size(); ++i) {
    stages[cat("targets.", i, ".instances")] = at::tensor(matched.matches[i].columns, at::kLong);
  }
  for (const auto& [name, value] : draws.matches()) {
    for (size_t i = 0; i < targets.size(); ++i) {
      const std::string of_image = cat("targets.", i);
      auto row = static_cast<int64_t>(i);
      if (name == "class_targets.0") stages[of_image + ".labels"] = value[row];
      if (name == "id_targets.0") stages[of_image + ".ids"] = value[row];
      if (name == cat("targets.0.", i, ".boxes")) stages[of_image + ".boxes"] = value;
    }
  }
  leaves.add_gradients(stages);
  return stages;
}

const Kind kLossCondinst("loss_condinst", run_loss_condinst);

}  // namespace

}  // namespace clipwork::parity
