// SPDX-License-Identifier: Apache-2.0
// A loss: matches the rows of every clip with its objects by class and mask, then compares classes
// by cross entropy and masks by their dice.
#include <ATen/TensorOperators.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/assignment.h>
#include <clipwork/loss.h>
#include <clipwork/plugin.h>

#include <numeric>

using namespace clipwork;

namespace {

class @CLASS@ : public Loss {
 public:
  struct Parameters {
    double class_weight = 2;
    double mask_weight = 5;
    void describe(Describer& d) {
      d("class_weight", class_weight, "weight of classes, in the match and the loss").range(0, 1e6);
      d("mask_weight", mask_weight, "weight of masks, in the match and the loss").range(0, 1e6);
    }
  };

  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"masks", "scores.softmax"};
    return contract;
  }

  @CLASS@(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  LossResult operator()(const Sequence& sequence, std::span<const Targets> targets,
                        Context& context) override {
    LossResult result;
    for (const Sequence::Clip& clip : sequence.clips) {
      std::vector<Tensor> classes, masks;
      int64_t objects = 0;
      for (int64_t entry = 0; entry < clip.prediction->class_scores.size(0); ++entry) {
        const Targets& video = targets[entry % targets.size()];
        const Targets truth = without_absent(frames_of(video, clip.first, clip.frames));
        if (!clip.prediction->class_scores[entry].isfinite().all().item<bool>()) {
          throw NotFinite("class scores", video.name);
        }
        objects += truth.count();
        compare(*clip.prediction, entry, truth, classes, masks);
      }
      const double normaliser = object_normaliser(objects, context.world);
      result.terms.push_back({"loss_class", at::stack(classes).mean(), parameters_.class_weight});
      result.terms.push_back(
          {"loss_mask", at::stack(masks).sum() / normaliser, parameters_.mask_weight});
    }
    return result;
  }

 private:
  void compare(const ClipPrediction& prediction, int64_t entry, const Targets& truth,
               std::vector<Tensor>& classes, std::vector<Tensor>& masks) const {
    const Tensor scores = prediction.class_scores[entry];  // [R, K + 1]
    const Tensor labels = truth.labels.to(scores.device());
    const Tensor dice = dice_loss(prediction, entry, truth);  // [R, N]
    const Tensor unlike = at::softmax(scores, 1).index_select(1, labels).neg();
    const Assignment pairs = assign_least_cost(
        (unlike * parameters_.class_weight + dice * parameters_.mask_weight).detach());
    const Tensor rows = at::tensor(pairs.rows, labels.options()),
                 columns = at::tensor(pairs.columns, labels.options());
    Tensor wanted = at::full({scores.size(0)}, scores.size(1) - 1, labels.options());
    wanted.index_copy_(0, rows, labels.index_select(0, columns));
    classes.push_back(at::cross_entropy_loss(scores, wanted));
    masks.push_back(dice.index_select(0, rows).gather(1, columns.unsqueeze(1)).sum());
  }

  // One minus the dice of every row with every object over all frames, [R, N], at the size of the
  // predicted masks.
  static Tensor dice_loss(const ClipPrediction& prediction, int64_t entry, const Targets& truth) {
    const Masks& predicted = *prediction.masks;
    std::vector<int64_t> rows(prediction.rows());
    std::iota(rows.begin(), rows.end(), 0);
    Pairs pairs = Pairs::of(rows);
    pairs.batch = pairs.batch.add(entry);
    std::vector<Tensor> values, labels;
    for (int frame = 0; frame < truth.frames(); ++frame) {
      values.push_back(at::sigmoid(predicted.values(frame, pairs)));
      const Tensor mask = truth.masks.select(1, frame).to(values[0].options());
      labels.push_back(
          at::adaptive_avg_pool2d(mask, {predicted.size().height, predicted.size().width}));
    }
    const Tensor on = at::stack(values, 1).flatten(1), label = at::stack(labels, 1).flatten(1);
    const Tensor either = on.sum(1).unsqueeze(1) + label.sum(1);
    return 1 - (2 * on.mm(label.t()) + 1) / (either + 1);
  }

  Parameters parameters_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "cross entropy of classes and dice of masks of matched rows");
}
