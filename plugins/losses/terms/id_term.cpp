#include "id_term.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <clipwork/losses/dense_loss.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <set>

namespace clipwork::terms {

namespace {

/// [B, P, N].
Tensor id_logits(const ClipPrediction& prediction) {
  std::vector<Tensor> levels;
  for (const Tensors::Entry& entry : prediction.more.entries) {
    if (!entry.name.starts_with("dense.") || !entry.name.ends_with(".id_logits")) continue;
    levels.push_back(entry.value.permute({0, 2, 3, 1}).flatten(1, 2));
  }
  if (levels.empty()) {
    throw Error("loss term 'id' needs a decoder that predicts ids", "",
                "use decoder 'iai' with identification, or remove the term");
  }
  return at::cat(levels, 1);
}

/// Labels of a frame's objects; remembers which have been seen.
Tensor labels_of(const Targets& frame, std::set<int64_t>& seen, bool newcomers, int64_t fresh) {
  Tensor labels = frame.ids.select(1, 0).to(at::kCPU).clone();
  auto label = labels.accessor<int64_t, 1>();
  for (int64_t i = 0; i < labels.size(0); ++i) {
    if (label[i] < 0 || !newcomers) continue;
    bool known = !seen.insert(label[i]).second;
    label[i] = known ? std::min(label[i], fresh - 1) : fresh;
  }
  return labels;
}

}  // namespace

void IdTerm::Parameters::describe(Describer& d) {
  d("weight", weight, "weight in the loss").range(0, 1e6);
  d("form", form, {{"focal", Form::focal}, {"cross_entropy", Form::cross_entropy}},
    "focal: a sigmoid per id channel; cross_entropy: a softmax with a last channel for none (IAI, "
    "Table 7)");
  d("newcomers", newcomers, "label an object's first frame \"new\" instead of with its id");
}

Contract IdTerm::contract(const Parameters& p, const Given&) {
  Contract contract;
  const bool focal = p.form == Parameters::Form::focal;
  contract.needs = {"dense.id_logits", focal ? "ids.sigmoid" : "ids.softmax", "matched.dense"};
  return contract;
}

std::vector<Tensor> IdTerm::operator()(const Layer& layer, Context&) {
  std::vector<Tensor> values;
  std::vector<std::set<int64_t>> seen;
  const bool focal = parameters_.form == Parameters::Form::focal;
  for (const Matched& matched : layer.clips) {
    Tensor logits = id_logits(*matched.prediction);
    // With a channel for none, that one is the background's.
    int64_t ids = logits.size(2) - (focal ? 0 : 1);
    seen.resize(matched.targets.size());
    std::vector<Tensor> labels;
    for (size_t b = 0; b < matched.targets.size(); ++b) {
      labels.push_back(labels_of(matched.targets[b], seen[b], parameters_.newcomers, ids - 1));
      tap_made([&] { return labels.back(); }, "match.ids.", b, ".", matched.first);
    }
    Tensor wanted = point_labels(matched.matches, labels, logits.size(1), ids);
    tap_made([&] { return wanted; }, "match.id_targets.", matched.first);
    Tensor sum =
        focal ? focal_loss(logits, wanted)
              : at::cross_entropy_loss(logits.flatten(0, 1), wanted.flatten().to(logits.device()),
                                       {}, at::Reduction::Sum);
    values.push_back(sum / matched.normaliser);
  }
  return values;
}

}  // namespace clipwork::terms
