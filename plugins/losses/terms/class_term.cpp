#include "class_term.h"

#include <ATen/core/Reduction.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>

using namespace clipwork;

void ClassTerm::Parameters::describe(Describer& d) {
  d("weight", weight, "factor in the loss").range(0, 1e6);
  d("no_object", no_object, "weight of rows without an object").range(0, 1e6);
}

std::vector<Tensor> ClassTerm::operator()(const Layer& layer, Context&) {
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
      Tensor labels = matched.targets_of(entry).labels.cpu();
      // Of two objects of a row the later one counts.
      for (size_t p = 0; p < pairs.rows.size(); ++p) {
        target[entry][pairs.rows[p]] = labels[pairs.columns[p]].item<int64_t>();
      }
    }
    Tensor weights = at::ones({none + 1}, scores.options());
    weights[none] = no_object_;
    values.push_back(at::cross_entropy_loss(scores.transpose(1, 2), wanted.to(scores.device()),
                                            weights, at::Reduction::Mean));
  }
  return values;
}
