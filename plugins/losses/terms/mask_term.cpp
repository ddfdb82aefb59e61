#include "mask_term.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/sigmoid.h>
#include <clipwork/to_device.h>

namespace clipwork::terms {

void MaskTermParameters::describe(Describer& d) {
  d("weight", weight, "weight in the loss").range(0, 1e6);
  d("over", over, {{"frame", Over::frame}, {"volume", Over::volume}},
    "unit of comparison: an object's mask in each frame, or its volume over the clip");
  d("frames", frames, {{"sum", Frames::sum}, {"mean", Frames::mean}, {"present", Frames::present}},
    "how frames are combined: the sum, the mean, or the sum of those that show the object");
}

Contract MaskTerm::contract(const Parameters&, const Given&) {
  Contract contract;
  contract.needs = {"matched.points"};
  return contract;
}

bool MaskTerm::wants_points() const { return true; }

std::vector<Tensor> MaskTerm::operator()(const Layer& layer, Context&) {
  std::vector<Tensor> values;
  for (const Matched& matched : layer.clips) {
    const MaskPoints& points = matched.points.value();
    int64_t pairs = points.logits.size(0), rows_a_pair = points.logits.size(1);
    int64_t frames = points.present.size(1);
    Tensor sum;
    if (parameters_.over == Parameters::Over::volume) {
      sum = rows(points.logits.flatten(1), points.labels.flatten(1)).sum();
    } else {
      if (rows_a_pair != frames) {
        throw Error(
            "points that were chosen over the whole clip cannot be used for a loss of single "
            "frames",
            "", "set over = \"volume\", or choose = \"frame\" in the loss");
      }
      Tensor each =
          rows(points.logits.flatten(0, 1), points.labels.flatten(0, 1)).view({pairs, rows_a_pair});
      if (parameters_.frames == Parameters::Frames::present)
        each = each * to_device(points.present, each.device());
      sum = each.sum();
      if (parameters_.frames == Parameters::Frames::mean) sum = sum / frames;
    }
    values.push_back(sum / matched.normaliser);
  }
  return values;
}

Tensor CrossEntropyTerm::rows(const Tensor& logits, const Tensor& labels) const {
  return at::binary_cross_entropy_with_logits(logits, labels, {}, {}, at::Reduction::None).mean(1);
}

Tensor DiceTerm::rows(const Tensor& logits, const Tensor& labels) const {
  Tensor on = at::sigmoid(logits);
  return 1 - (2 * (on * labels).sum(1) + 1) / (on.sum(1) + labels.sum(1) + 1);
}

}  // namespace clipwork::terms
