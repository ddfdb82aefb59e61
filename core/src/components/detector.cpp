#include <ATen/ops/zeros.h>
#include <clipwork/detector.h>
#include <clipwork/error.h>

namespace clipwork {

void Detector::request(const DetectorRequest& request) {
  if (request.maps.empty() && request.branches.empty()) return;
  throw Error("this detector supports neither changed maps nor additional branches", "",
              "use a detector whose contract provides \"branches\"");
}

ClipPrediction dense_prediction(const Tensors& dense, int64_t classes) {
  if (dense.entries.empty()) throw Error("a detector returned no dense outputs");
  const Tensor& like = dense.entries.front().value;
  ClipPrediction prediction;
  prediction.form = ScoreForm::probability;
  prediction.class_scores = at::zeros({like.size(0), 0, classes + 1}, like.options());
  for (const auto& entry : dense.entries) prediction.more.set("dense." + entry.name, entry.value);
  return prediction;
}

}  // namespace clipwork
