#include "class_term.h"

#include <ATen/core/Reduction.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <clipwork/module.h>
#include <clipwork/to_device.h>

namespace clipwork::terms {

void ClassTerm::Parameters::describe(Describer& d) {
  d("weight", weight, "weight in the loss").range(0, 1e6);
  d("no_object", no_object, "weight of rows without an object").range(0, 1e6);
}

namespace {

/// Weights of K classes and "none": [K + 1].
Tensor class_weights(int64_t classes, double no_object) {
  Tensor weights = at::ones({classes + 1});
  weights[classes] = no_object;
  return weights;
}

}  // namespace

Contract ClassTerm::contract(const Parameters&, const Given&) {
  Contract contract;
  contract.needs = {"scores.softmax"};
  return contract;
}

ClassTerm::ClassTerm(const Parameters& p, const Given& given)
    : LossTerm(p.weight), no_object_(p.no_object), module_(std::make_shared<torch::nn::Module>()) {
  module_->register_buffer("empty_weight", class_weights(given.classes, no_object_));
}

std::vector<Tensor> ClassTerm::operator()(const Layer& layer, Context& context) {
  std::vector<Tensor> values;
  for (const Matched& matched : layer.clips) {
    const ClipPrediction& prediction = *matched.prediction;
    if (prediction.form != ScoreForm::softmax) {
      throw Error("loss term 'class' needs class scores whose last column is \"none\"");
    }
    Tensor scores = prediction.class_scores.to(at::kFloat);
    int64_t batch = scores.size(0), rows = scores.size(1), none = scores.size(2) - 1;
    Tensor wanted = at::full({batch, rows}, none, at::kLong);
    auto target = wanted.accessor<int64_t, 2>();
    for (int64_t entry = 0; entry < batch; ++entry) {
      const Assignment& pairs = matched.matches[entry];
      const auto labels = matched.targets_of(entry).labels.accessor<int64_t, 1>();
      // If a row has two objects, the later one counts.
      for (size_t p = 0; p < pairs.rows.size(); ++p) {
        target[entry][pairs.rows[p]] = labels[pairs.columns[p]];
      }
    }
    Tensor weights = class_weights(none, no_object_);
    double weight = weights.index_select(0, wanted.flatten()).sum(at::kDouble).item<double>();
    Tensor sum = at::cross_entropy_loss(scores.transpose(1, 2), to_device(wanted, scores.device()),
                                        to_device(weights, scores.device()), at::Reduction::Sum);
    values.push_back(sum / context.world.mean(weight));
  }
  return values;
}

}  // namespace clipwork::terms
