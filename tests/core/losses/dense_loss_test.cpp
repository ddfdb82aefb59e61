#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/losses/dense_loss.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace clipwork;
using at::Tensor;

namespace {

Tensor integers(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

/// The summand of one channel as RetinaNet's paper has it.
double focal(double logit, bool truth) {
  const double p = 1 / (1 + std::exp(-logit)), of_truth = truth ? p : 1 - p;
  return -(truth ? 0.25 : 0.75) * std::pow(1 - of_truth, 2) * std::log(of_truth);
}

}  // namespace

TEST(PointLabels, AreThoseOfTheMatchedObjectsElsewhereBackground) {
  // Video 0: point 3 has object 1, point 0 object 0. Video 1: nothing was matched.
  std::vector<Assignment> matches = {{{3, 0}, {1, 0}}, {{}, {}}};
  Tensor labels = point_labels(matches, {integers({7, 2}), integers({})}, 4, 40);
  EXPECT_TRUE(labels.equal(integers({7, 40, 40, 2, 40, 40, 40, 40}).view({2, 4})));
}

TEST(FocalLoss, IsTheSumOverPointsAndChannels) {
  const std::vector<double> logits = {2, -1, 0.5, -3, 0, 4};
  // The second point is background: all of its channels should be off.
  Tensor loss = focal_loss(at::tensor(logits, at::kDouble).view({2, 3}), integers({1, 3}));
  double expected = 0;
  for (size_t i = 0; i < 6; ++i) expected += focal(logits[i], i == 1);
  EXPECT_NEAR(loss.item<double>(), expected, 1e-12);
}

TEST(FocalLoss, IsFiniteForLargeLogitsOfBothSigns) {
  Tensor logits = at::tensor({-200.0, 200.0}, at::kFloat).view({1, 2}).requires_grad_(true);
  Tensor loss = focal_loss(logits, integers({0}));
  EXPECT_NEAR(loss.item<double>(), 0.25 * 200 + 0.75 * 200, 1e-3);
  loss.backward();
  EXPECT_LT(logits.grad()[0][0].item<double>(), 0);
  EXPECT_GT(logits.grad()[0][1].item<double>(), 0);
}

TEST(FocalLoss, OfNoPointsIsZero) {
  EXPECT_EQ(focal_loss(at::zeros({0, 3}), at::zeros({0}, at::kLong)).item<double>(), 0);
}
