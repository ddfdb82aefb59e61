// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/ones.h>
#include <clipwork/decoder.h>
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/scene.h>

using namespace clipwork;
using namespace clipwork::test;

TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("decoder", "@NAME@")); }

TEST(@CLASS@, GivesARowForEachQuery) {
  const TestedComponent tested("decoder", "@NAME@", toml("queries = 5\nchannels = 8"));
  const auto decoder = tested.make<Decoder>();
  Generators random(1);
  Communicator world;
  Context context{false, random, world};
  const Size size{32, 64};
  FrameFeatures features;
  features.maps = {{"mask_features", 4, at::ones({1, 16, 8, 16})}};
  features.geometry = {{size, size, size}};
  const std::vector<FrameMemo> memos = {decoder->encode(features, context)};
  const auto state = decoder->make_state(1);
  const ClipPrediction prediction =
      decoder->decode({0, memos, features.geometry}, {}, *state, context);
  EXPECT_EQ(prediction.rows(), 5);
  EXPECT_EQ(prediction.masks->values(0, Pairs::all(1, 5)).sizes(),
            (std::vector<int64_t>{5, 8, 16}));
}
