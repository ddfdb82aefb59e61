// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <clipwork/testing/gtest.h>

#include <cmath>

using namespace clipwork;
using namespace clipwork::test;

namespace {

// The value for one object whose points all have this logit and the label 1.
double value_of(double logit, const std::string& parameters) {
  Matched clip;
  MaskPoints points;
  points.logits = at::full({1, 2, 3}, logit, at::kFloat);
  points.labels = at::ones({1, 2, 3});
  points.present = at::ones({1, 2}, at::kBool);
  clip.points = points;
  Layer layer;
  layer.clips.push_back(clip);
  TestContext context(1, true);
  const auto term =
      TestedComponent("loss_term", "@NAME@", toml(parameters)).make<LossTerm>();
  return (*term)(layer, context).at(0).item<double>();
}

}  // namespace

// The suite compares its gradients with finite differences, too.
TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("loss_term", "@NAME@")); }

TEST(@CLASS@, IsCrossEntropyForGammaZero) {
  EXPECT_NEAR(value_of(0, "gamma = 0"), std::log(2), 1e-6);
}

TEST(@CLASS@, WeighsDownWhatIsRightAlready) {
  EXPECT_NEAR(value_of(0, "gamma = 2"), std::log(2) / 4, 1e-6);
  EXPECT_LT(value_of(4, "gamma = 2") / value_of(4, "gamma = 0"), 0.001);
}
