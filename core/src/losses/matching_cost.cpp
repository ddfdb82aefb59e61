#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softplus.h>
#include <c10/core/GradMode.h>
#include <clipwork/error.h>
#include <clipwork/loss.h>
#include <clipwork/losses/matching_cost.h>
#include <clipwork/losses/points.h>
#include <clipwork/sample_points.h>

namespace clipwork {

namespace {

bool finite(const Tensor& values) { return at::isfinite(values).all().item<bool>(); }

/// Mean binary cross entropy of every row [R, P] with every label row [N, P].
Tensor cross_entropy_of_all(const Tensor& logits, const Tensor& labels) {
  // -log sigmoid(l) and -log(1 - sigmoid(l)): the cross entropy with labels 1 and 0.
  Tensor positive = at::softplus(-logits), negative = at::softplus(logits);
  return (at::mm(positive, labels.t()) + at::mm(negative, (1 - labels).t())) / logits.size(1);
}

Tensor dice_of_all(const Tensor& logits, const Tensor& labels) {
  Tensor on = logits.sigmoid();
  Tensor both = 2 * at::mm(on, labels.t());
  Tensor either = on.sum(1).unsqueeze(1) + labels.sum(1).unsqueeze(0);
  return 1 - (both + 1) / (either + 1);
}

}  // namespace

void CostWeights::describe(Describer& d) {
  d("class_cost", classes, "weight of the class probability in the matching cost").range(0, 1e6);
  d("mask_cost", mask, "weight of the mask's cross entropy in the matching cost").range(0, 1e6);
  d("dice_cost", dice, "weight of the mask's dice in the matching cost").range(0, 1e6);
}

MatchingCost matching_cost(const ClipPrediction& prediction, int64_t entry, const Targets& targets,
                           const Tensor& points, const CostWeights& weights) {
  c10::NoGradGuard no_gradient;
  Tensor scores = prediction.class_scores[entry].detach().to(at::kFloat);
  int64_t rows = scores.size(0);
  Pairs pairs = Pairs::all(1, rows);
  pairs.batch = at::full({rows}, entry, at::kLong);
  std::vector<Tensor> logits, labels;
  for (int64_t t = 0; t < targets.frames(); ++t) {
    logits.push_back(prediction.masks->sample(static_cast<int>(t), pairs, points).detach());
    labels.push_back(sample_labels(targets.masks.select(1, t), points).to(scores.device()));
  }
  Tensor values = at::cat(logits, 1), truth = at::cat(labels, 1);
  std::string where = targets.name.empty() ? std::string() : cat("video ", targets.name);
  if (!finite(scores)) throw NotFinite("class_scores", where);
  if (!finite(values)) throw NotFinite("masks", where);
  MatchingCost cost;
  cost.mask = cross_entropy_of_all(values, truth);
  cost.dice = dice_of_all(values, truth);
  Tensor probability = class_probabilities(scores, prediction.form);
  Tensor classes = -probability.index_select(-1, targets.labels.to(scores.device()));
  cost.total = weights.mask * cost.mask + weights.classes * classes + weights.dice * cost.dice;
  return cost;
}

}  // namespace clipwork
