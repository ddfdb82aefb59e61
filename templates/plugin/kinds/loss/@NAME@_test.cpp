// SPDX-License-Identifier: Apache-2.0
#include <clipwork/loss.h>
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/scene.h>

using namespace clipwork;
using namespace clipwork::test;

namespace {

const Scene kScene({32, 48}, {{.x = 12, .y = 12, .width = 10, .height = 10, .category = 1},
                              {.x = 36, .y = 20, .width = 12, .height = 8, .category = 2}});

// The loss of a prediction whose rows show these objects.
double loss_of(const std::vector<int64_t>& rows) {
  Sequence sequence;
  sequence.clips.push_back({0, 2, std::make_shared<ClipPrediction>(kScene.prediction(0, 2, rows))});
  const Targets targets = kScene.targets(0, 2);
  TestContext context(1, true);
  const auto loss = TestedComponent("loss", "@NAME@").make<Loss>();
  return (*loss)(sequence, {&targets, 1}, context).total().item<double>();
}

}  // namespace

TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("loss", "@NAME@")); }

TEST(@CLASS@, IsSmallForAPerfectPredictionInAnyOrder) {
  EXPECT_LT(loss_of({0, 1, -1}), 0.2);
  EXPECT_NEAR(loss_of({-1, 1, 0}), loss_of({0, 1, -1}), 1e-5);
  EXPECT_GT(loss_of({0, -1, -1}), 1);
}
