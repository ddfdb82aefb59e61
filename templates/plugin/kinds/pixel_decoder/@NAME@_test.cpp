// SPDX-License-Identifier: Apache-2.0
#include <clipwork/pixel_decoder.h>
#include <clipwork/testing/gtest.h>

using namespace clipwork;
using namespace clipwork::test;

TEST(@CLASS@, KeepsItsContract) {
  EXPECT_TRUE(keeps_contract("pixel_decoder", "@NAME@"));
}

TEST(@CLASS@, PromisesTheChannelsOfItsParameters) {
  const TestedComponent tested("pixel_decoder", "@NAME@",
                               toml("channels = 8\nmask_channels = 4"));
  EXPECT_EQ(tested.contract().maps.front().channels, 8);
  EXPECT_EQ(tested.contract().maps.back().channels, 4);
}
