// SPDX-License-Identifier: Apache-2.0
// A loss term: focal loss of matched masks at points, which weighs down points that are right
// already (Lin et al., Focal Loss for Dense Object Detection, equation 4).
#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <clipwork/loss_term.h>
#include <clipwork/plugin.h>

using namespace clipwork;

namespace {

class @CLASS@ : public LossTerm {
 public:
  struct Parameters {
    double weight = 1;
    double gamma = 2;
    void describe(Describer& d) {
      d("weight", weight, "weight in the loss").range(0, 1e6);
      d("gamma", gamma, "exponent of the factor (1 - p); 0: plain cross entropy").range(0, 100);
    }
  };

  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"matched.points"};
    return contract;
  }

  @CLASS@(const Parameters& parameters, const Given&)
      : LossTerm(parameters.weight), gamma_(parameters.gamma) {}

  bool wants_points() const override { return true; }

  // The sum over objects of the mean over their points, for each clip.
  std::vector<Tensor> operator()(const Layer& layer, Context&) override {
    std::vector<Tensor> values;
    for (const Matched& clip : layer.clips) {
      const MaskPoints& points = clip.points.value();
      const Tensor entropy = at::binary_cross_entropy_with_logits(points.logits, points.labels, {},
                                                                  {}, at::Reduction::None);
      // exp(-entropy) is the probability of the label.
      const Tensor focal = (1 - entropy.neg().exp()).pow(gamma_) * entropy;
      values.push_back(focal.mean({1, 2}).sum() / clip.normaliser);
    }
    return values;
  }

 private:
  double gamma_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "focal loss of matched masks at points");
}
