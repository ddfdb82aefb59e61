#include <ATen/core/Tensor.h>
#include <clipwork/make_component.h>

#include "../kinds.h"
#include "../losses.h"

namespace clipwork::parity {

namespace {

NamedTensors run_loss_set(const Case& golden, const Options&) {
  const Json& config = golden.config();
  bool video = text(config, "form") == "video";
  if (!video && text(config, "form") != "image") {
    throw InputError(cat("form '", text(config, "form"), "' is neither image nor video"),
                     "case.json");
  }
  NamedTensors stages;
  Leaves leaves(golden);
  Draws draws(golden);
  Value table = loss_table(config, "set", "frame");
  auto loss = make_component<Loss>("set", table);
  Generators random(0);
  OneOfMany world(integer(config, "world_size"));
  Context context{true, random, world};
  const Json& runs = member(config, "runs");
  for (rapidjson::SizeType r = 0; r < runs.Size(); ++r) {
    std::string front = cat("run.", r, ".");
    Size padded = size_of(runs[r], "padded_size");
    std::vector<Targets> targets;
    for (int64_t b = 0; leaves.has(cat(front, "target.", b, ".labels")); ++b) {
      targets.push_back(
          without_absent(read_targets(golden, cat(front, "target.", b, "."), padded)));
      if (!video) continue;
      stages[cat(front, "prepared.", b, ".labels")] = targets.back().labels;
      stages[cat(front, "prepared.", b, ".ids")] = targets.back().ids;
    }
    auto prediction = std::make_shared<ClipPrediction>(
        dense_prediction(leaves(front + "pred_logits"), leaves(front + "pred_masks"), padded));
    for (int64_t i = 0; i < integer(config, "aux_layers"); ++i) {
      std::string aux = cat(front, "aux.", i, ".");
      prediction->aux.push_back(
          dense_prediction(leaves(aux + "pred_logits"), leaves(aux + "pred_masks"), padded));
    }
    Sequence sequence;
    sequence.clips.push_back({0, video ? integer(config, "frames") : 1, prediction});
    draws.set_names([&](const std::string& purpose) { return front + purpose; });
    TapScope taps(&draws);
    LossResult result = (*loss)(sequence, targets, context);
    result.total().backward();
    add_terms(stages, cat("loss.run", r, "."), result);
    draws.add_pairs(stages, cat("match.run", r, "."), [](const std::string&) { return true; });
    draws.clear_matches();
  }
  leaves.add_gradients(stages);
  return stages;
}

const Kind kLossSet("loss_set", run_loss_set);

}  // namespace

}  // namespace clipwork::parity
