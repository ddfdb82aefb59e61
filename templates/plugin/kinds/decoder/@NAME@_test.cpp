// SPDX-License-Identifier: Apache-2.0
#include <clipwork/testing/decoder.h>
#include <clipwork/testing/gtest.h>

using namespace clipwork;
using namespace clipwork::test;

TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("decoder", "@NAME@")); }

TEST(@CLASS@, GivesARowForEachQueryWithMasksOfAllFrames) {
  DecoderHarness video("@NAME@", toml("queries = 5\nchannels = 8"));
  const ClipPrediction prediction = video.decode(video.features({32, 64}, 2));
  EXPECT_EQ(prediction.rows(), 5);
  EXPECT_EQ(prediction.masks->values(1, Pairs::all(1, 5)).sizes(),
            (std::vector<int64_t>{5, 8, 16}));
}
