#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <clipwork/assignment.h>
#include <clipwork/losses/matching_cost.h>

#include "../kinds.h"
#include "../losses.h"

namespace clipwork::parity {

namespace {

void add_pairs(NamedTensors& stages, const std::string& name, const at::Tensor& cost) {
  Assignment pairs = assign_least_cost(cost);
  stages[name + ".rows"] = at::tensor(pairs.rows, at::kLong);
  stages[name + ".cols"] = at::tensor(pairs.columns, at::kLong);
}

NamedTensors run_loss_matcher(const Case& golden, const Options&) {
  NamedTensors stages;
  Draws draws(golden);
  for (const auto& [name, value] : golden.outputs) {
    if (!name.starts_with("match.lsap.") || !name.ends_with(".rows")) continue;
    std::string which = name.substr(6, name.size() - 11);
    add_pairs(stages, "match." + which, golden.input(which + ".cost"));
  }
  const Json& runs = member(golden.config(), "runs");
  for (rapidjson::SizeType r = 0; r < runs.Size(); ++r) {
    std::string front = cat("run.", r, ".");
    at::Tensor masks = golden.input(front + "pred_masks");
    const Json& costs = member(runs[r], "cost_weights");
    CostWeights weights{number(costs, "ce"), number(costs, "mask"), number(costs, "dice")};
    for (int64_t b = 0; b < masks.size(0); ++b) {
      // Sampling knows no size: normalised points are the same over any picture.
      at::Tensor labels = golden.input(cat(front, "target.", b, ".masks"));
      Size size{labels.size(-2), labels.size(-1)};
      Targets targets;
      targets.labels = golden.input(cat(front, "target.", b, ".labels"));
      targets.masks = labels.dim() == 3 ? labels.unsqueeze(1) : labels;
      targets.ids = targets.masks.flatten(2).any(2).to(at::kLong).sub(1);
      MatchingCost cost =
          matching_cost(dense_prediction(golden.input(front + "pred_logits"), masks, size), b,
                        targets, draws.at(cat(front, "matcher.", b)).squeeze(0), weights);
      std::string name = cat("cost.run", r, ".", b);
      stages[name + ".mask"] = cost.mask;
      stages[name + ".dice"] = cost.dice;
      stages[name + ".total"] = cost.total;
      add_pairs(stages, cat("match.run", r, ".", b), cost.total);
    }
  }
  return stages;
}

const Kind kLossMatcher("loss_matcher", run_loss_matcher);

}  // namespace

}  // namespace clipwork::parity
