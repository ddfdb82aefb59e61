// SPDX-License-Identifier: Apache-2.0
#include <clipwork/testing/data.h>
#include <clipwork/testing/gtest.h>

using namespace clipwork;
using namespace clipwork::test;

// The suite also reads it from several threads at once.
TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("dataset", "@NAME@")); }

TEST(@CLASS@, ShowsTheSquareWhereItsMaskIs) {
  const auto dataset =
      TestedComponent("dataset", "@NAME@", toml("videos = 3")).make<Dataset>();
  ASSERT_EQ(dataset->videos().size(), 3u);
  const Tensor mask = dataset->tracks(1)[0].masks.at(4)->to_tensor();
  EXPECT_TRUE(close(dataset->frame(1, 4).pixels[1].eq(255), mask));
}
