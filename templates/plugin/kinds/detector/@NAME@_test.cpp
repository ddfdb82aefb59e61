// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <clipwork/detector.h>
#include <clipwork/testing/gtest.h>

using namespace clipwork;
using namespace clipwork::test;

TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("detector", "@NAME@")); }

TEST(@CLASS@, ShowsThePointThatItsClassesAreSureOf) {
  const TestedComponent tested("detector", "@NAME@", toml("detections = 1"));
  Tensors dense;
  Tensor classes = at::full({1, 3, 4, 8}, -5, at::kFloat);
  classes[0][2][1][3] = 5;
  dense.set("classes", classes);
  dense.set("features", at::ones({1, 32, 4, 8}));
  const Size size{32, 64};
  const ClipPrediction prediction = tested.make<Detector>()->select(
      dense, {size, size, size},
      [](const Candidates& points) { return std::get<0>(points.classes.max(1)); });
  ASSERT_EQ(prediction.rows(), 1);
  EXPECT_EQ(prediction.class_scores[0][0].argmax().item<int64_t>(), 2);
  const Tensor box = prediction.more.at("boxes")[0][0];
  EXPECT_FLOAT_EQ(box[0].item<float>(), 3.5F * 8 - 16);
}
