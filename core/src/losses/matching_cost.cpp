#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <clipwork/error.h>
#include <clipwork/loss.h>
#include <clipwork/losses/matching_cost.h>
#include <clipwork/losses/points.h>
#include <clipwork/sample_points.h>
#include <clipwork/to_device.h>

#include <algorithm>

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

/// Where the objects of all entries stand in [B, most], and which they are.
struct EntryObjects {
  explicit EntryObjects(const ClipObjects& objects, int64_t batch) {
    // A column without an object shows predictions that are not finite in entries without objects,
    // too.
    for (int64_t sample = 0; sample < objects.samples(); ++sample)
      most = std::max(most, objects.count_of(sample));
    for (int64_t entry = 0; entry < batch; ++entry) {
      const int64_t sample = entry % objects.samples();
      for (int64_t i = 0; i < objects.count_of(sample); ++i) {
        object.push_back(objects.first[sample] + i);
        entry_of.push_back(entry);
        place.push_back(entry * most + i);
      }
    }
  }
  int64_t most = 1;
  std::vector<int64_t> object, entry_of, place;
};

/// The places of a list as indices on a device.
Tensor indices(const std::vector<int64_t>& places, c10::Device device) {
  return to_device(at::tensor(places, at::kLong), device);
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

ClipObjects::ClipObjects(std::span<const Targets> samples) : first{0} {
  std::vector<Tensor> all_masks, all_labels, all_ids;
  for (const Targets& sample : samples) {
    all_masks.push_back(sample.masks);
    all_labels.push_back(sample.labels);
    all_ids.push_back(sample.ids);
    first.push_back(first.back() + sample.count());
  }
  masks = at::cat(all_masks);
  labels = at::cat(all_labels);
  present = at::cat(all_ids).ge(0);
}

std::vector<Tensor> matching_costs(const ClipPrediction& prediction,
                                   std::span<const Targets> targets, const ClipObjects& objects,
                                   const Tensor& given_points, const CostWeights& weights) {
  c10::NoGradGuard no_gradient;
  const Tensor scores = prediction.class_scores.detach().to(at::kFloat);
  const c10::Device device = scores.device();
  const int64_t batch = scores.size(0), rows = scores.size(1), frames = objects.masks.size(1);
  const Tensor points = to_device(given_points, device);
  const EntryObjects entries(objects, batch);
  const Tensor object = indices(entries.object, device), place = indices(entries.place, device);
  const Tensor points_of_objects = points.index_select(0, indices(entries.entry_of, device));
  const Pairs all = Pairs::all(batch, rows);
  std::vector<Tensor> logits, labels;
  for (int64_t t = 0; t < frames; ++t) {
    const Tensor maps = prediction.masks->values(static_cast<int>(t), all).detach();
    logits.push_back(sample_points(maps.view({batch, rows, maps.size(1), maps.size(2)}), points));
    Tensor masks = objects.masks.select(1, t);
    if (batch > objects.samples()) masks = masks.index_select(0, object);
    labels.push_back(sample_labels(masks, points_of_objects));
  }
  const Tensor values = at::cat(logits, 2), of_objects = at::cat(labels, 1);
  const Tensor truth = of_objects.new_zeros({batch * entries.most, of_objects.size(1)})
                           .index_copy_(0, place, of_objects)
                           .view({batch, entries.most, -1})
                           .transpose(1, 2);
  const Tensor entropy =
      (at::bmm(at::softplus(-values), truth) + at::bmm(at::softplus(values), 1 - truth)) /
      values.size(2);
  const Tensor on = values.sigmoid();
  const Tensor dice =
      1 - (2 * at::bmm(on, truth) + 1) / (on.sum(2).unsqueeze(2) + truth.sum(1).unsqueeze(1) + 1);
  Tensor column = at::zeros({batch * entries.most}, at::kLong);
  column.index_copy_(0, at::tensor(entries.place, at::kLong),
                     objects.labels.index_select(0, at::tensor(entries.object, at::kLong)));
  column = to_device(column, device).view({batch, 1, entries.most}).expand({-1, rows, -1});
  const Tensor classes = -class_probabilities(scores, prediction.form).gather(2, column);
  const Tensor total =
      (weights.mask * entropy + weights.classes * classes + weights.dice * dice).cpu();
  std::vector<Tensor> costs;
  for (int64_t entry = 0; entry < batch; ++entry) {
    const Targets& sample = targets[entry % objects.samples()];
    // The form that goes entry by entry finds the tensor that is not finite, and throws.
    if (!finite(total[entry])) matching_cost(prediction, entry, sample, points[entry], weights);
    costs.push_back(total[entry].narrow(1, 0, sample.count()));
  }
  return costs;
}

}  // namespace clipwork
