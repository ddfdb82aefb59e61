#include <ATen/core/Tensor.h>
#include <clipwork/make_component.h>

#include "../kinds.h"
#include "../losses.h"

namespace clipwork::parity {

namespace {

/// Mask and dice term of one total.
struct Variant {
  std::string name, mask, dice, choose;
};

const std::vector<Variant> kTotals = {
    {"both_frame", "frame", "frame", "frame"},
    {"mask_volume", "volume", "frame", "frame"},
    {"dice_volume", "frame", "volume", "frame"},
    {"both_volume", "volume", "volume", "frame"},
    {"both_volume_volume_points", "volume", "volume", "volume"},
};

NamedTensors run_loss_novis(const Case& golden, const Options&) {
  const Json& config = golden.config();
  Size padded = size_of(config, "padded_size");
  NamedTensors stages;
  Leaves leaves(golden);
  Draws draws(golden);
  // The case has one layer, whose draws it gives no name.
  draws.set_names([](const std::string& purpose) { return purpose.substr(sizeof("final.") - 1); });
  TapScope taps(&draws);
  std::vector<Targets> targets;
  for (int64_t b = 0; leaves.has(cat("target.", b, ".labels")); ++b) {
    targets.push_back(without_absent(read_targets(golden, cat("target.", b, "."), padded)));
  }
  Sequence sequence;
  sequence.clips.push_back({0, integer(config, "frames"),
                            std::make_shared<ClipPrediction>(dense_prediction(
                                leaves("pred_logits"), leaves("pred_masks"), padded))});
  Generators random(0);
  Communicator world;
  Context context{true, random, world};
  auto run = [&](const Value& table) {
    return (*make_component<Loss>("set", table))(sequence, targets, context);
  };
  auto value_of = [](const LossResult& result, const std::string& name) {
    for (const LossValue& term : result.terms) {
      if (term.name == "loss_" + name) return term.value.detach();
    }
    throw Error(cat("the loss has no term '", name, "'"));
  };

  for (const Variant& variant : kTotals) {
    Value table = loss_table(config, "set", "frame");
    table.set("terms.mask.over", variant.mask);
    table.set("terms.dice.over", variant.dice);
    table.set("choose", variant.choose);
    leaves.clear_gradients();
    draws.clear_matches();
    LossResult result = run(table);
    result.total().backward();
    stages["loss.total." + variant.name] = result.total().detach();
    NamedTensors gradients;
    leaves.add_gradients(gradients, "");
    stages[cat("grad.", variant.name, ".pred_masks")] = gradients["pred_masks"];
    if (variant.name != "dice_volume") continue;
    stages["grad.pred_logits"] = gradients["pred_logits"];
    stages["loss.ce"] = value_of(result, "ce");
    draws.add_pairs(stages, "match.", [](const std::string&) { return true; });
  }
  for (const char* choose : {"frame", "volume"}) {
    for (const char* form : {"frame", "frame_mean", "frame_present", "volume"}) {
      bool volume = std::string(form) == "volume";
      if (std::string(choose) == "volume" && !volume) continue;
      Value table = loss_table(config, "set", volume ? "volume" : "frame");
      table.set("choose", choose);
      std::string frames = volume || form == std::string("frame") ? "sum" : form + 6;
      for (const char* term : {"mask", "dice"}) table.set(cat("terms.", term, ".frames"), frames);
      LossResult result = run(table);
      for (const char* term : {"mask", "dice"}) {
        stages[cat("loss.", choose, "_points.", term, "_", form)] = value_of(result, term);
      }
    }
  }
  return stages;
}

const Kind kLossNovis("loss_novis", run_loss_novis);

}  // namespace

}  // namespace clipwork::parity
