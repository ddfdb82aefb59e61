// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/zeros.h>
#include <clipwork/backbone.h>
#include <clipwork/testing/gtest.h>

using namespace clipwork;
using namespace clipwork::test;

TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("backbone", "@NAME@")); }

TEST(@CLASS@, DoublesItsChannelsFromStageToStage) {
  const TestedComponent tested("backbone", "@NAME@", toml("channels = 4\nblocks = 2"));
  TestContext context;
  const auto maps = tested.make<Backbone>()->forward(at::zeros({1, 3, 64, 96}), context);
  ASSERT_EQ(maps.size(), 4u);
  EXPECT_EQ(maps[0].value.sizes(), (std::vector<int64_t>{1, 4, 16, 24}));
  EXPECT_EQ(maps[3].value.sizes(), (std::vector<int64_t>{1, 32, 2, 3}));
}
