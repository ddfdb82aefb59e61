// SPDX-License-Identifier: Apache-2.0
#include <clipwork/source.h>
#include <clipwork/testing/gtest.h>

using namespace clipwork;
using namespace clipwork::test;

TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("source", "@NAME@")); }

TEST(@CLASS@, EndsAfterItsFrames) {
  const auto source =
      TestedComponent("source", "@NAME@", toml("frames = 2\nwidth = 32")).make<Source>();
  EXPECT_EQ(source->next()->pixels.sizes(), (std::vector<int64_t>{3, 16, 32}));
  EXPECT_EQ(source->next()->seconds, 0.1);
  EXPECT_FALSE(source->next());
}
