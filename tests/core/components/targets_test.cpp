#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/host/batch.h>

#include "support.h"

using namespace clipwork;
using at::Tensor;

namespace {

Tensor integers(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

/// Three objects over two frames: the first in both, the second in the last, the third in none.
Targets three() {
  Targets targets;
  targets.name = "video";
  targets.labels = integers({4, 0, 2});
  targets.ids = integers({7, 7, -1, 3, -1, -1}).view({3, 2});
  targets.masks = at::zeros({3, 2, 4, 6}, at::kBool);
  targets.masks[0].fill_(true);
  targets.masks[1][1][0][0] = true;
  return targets;
}

}  // namespace

TEST(Targets, LoseObjectsThatNoFrameHas) {
  Targets left = without_absent(three());
  EXPECT_TRUE(left.labels.equal(integers({4, 0})));
  EXPECT_TRUE(left.ids.equal(integers({7, 7, -1, 3}).view({2, 2})));
  EXPECT_EQ(left.masks.size(0), 2);
  Targets none = without_absent(without_absent(frames_of(three(), 0, 0)));
  EXPECT_EQ(none.count(), 0);
}

TEST(Targets, WithEmptyMasksAreAbsentThere) {
  Targets targets = three();
  targets.ids[2][0] = 5;
  EXPECT_EQ(without_absent(targets).count(), 3);
  EXPECT_EQ(without_absent(without_empty_masks(targets)).count(), 2);
}

TEST(Targets, SplitIntoFramesKeepOnlyWhatAFrameShows) {
  std::vector<Targets> videos = {three(), three()};
  std::vector<Targets> frames = split_frames(videos);
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_TRUE(frames[0].labels.equal(integers({4})));
  EXPECT_TRUE(frames[3].labels.equal(integers({4, 0})));
  EXPECT_TRUE(frames[3].ids.equal(integers({7, 3}).view({2, 1})));
  EXPECT_EQ(frames[3].name, "video, frame 1");
}

TEST(Targets, KnowTheSampleThatTheirFramesBelongTo) {
  std::vector<Targets> videos = {three(), three()};
  videos[1].sample = 1;
  std::vector<Targets> frames = split_frames(videos);
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(frames[i].sample, i / 2);
    EXPECT_EQ(frames[i].first, i % 2);
  }
  EXPECT_EQ(frames_of(frames_of(videos[1], 1, 1), 0, 1).first, 1);
}

TEST(Targets, AreRenumberedInTheOrderOfTheirIds) {
  EXPECT_TRUE(with_ids_in_order(three()).ids.equal(integers({1, 1, -1, 0, -1, -1}).view({3, 2})));
  EXPECT_TRUE(with_ids_from_zero(three()).ids.equal(integers({4, 4, -1, 0, -1, -1}).view({3, 2})));
}

TEST(Targets, ThatDoNotFitAreRefusedByName) {
  Targets targets = three();
  targets.labels[1] = 9;
  EXPECT_NE(test::error_of([&] {
              check_targets(targets, 5);
            }).find("label 9 is not one of the model's 5"),
            std::string::npos);
  targets = three();
  targets.ids = targets.ids.narrow(1, 0, 1);
  EXPECT_NE(test::error_of([&] { check_targets(targets, 5); }).find("do not match"),
            std::string::npos);
  EXPECT_NE(test::error_of([] {
              padded_targets(three(), {4, 5});
            }).find("targets of video"),
            std::string::npos);
}

TEST(Batch, IsPaddedToTheLargestSidesRoundedUp) {
  Preprocess settings;
  settings.mean = {0, 0, 0};
  settings.deviation = {1, 1, 1};
  settings.divisor = 8;
  Sample wide{"wide", at::ones({2, 3, 4, 6}, at::kByte), three()};
  Sample tall = wide;
  tall.name = "tall";
  tall.frames = at::ones({2, 3, 12, 4}, at::kByte);
  tall.targets.masks = at::ones({3, 2, 12, 4}, at::kBool);
  Batch batch = make_batch({wide, tall}, settings, 5);
  EXPECT_EQ(batch.pictures.sizes(), at::IntArrayRef({4, 3, 16, 8}));
  EXPECT_EQ(batch.pictures.sum().item<double>(), 2 * 3 * (4 * 6 + 12 * 4));
  EXPECT_EQ(batch.pictures[1][0][3][5].item<double>(), 1);
  EXPECT_EQ(batch.pictures[1][0][4][0].item<double>(), 0);
  EXPECT_EQ(batch.targets[0].masks.sizes(), at::IntArrayRef({2, 2, 16, 8}));
  EXPECT_FALSE(batch.targets[0].masks[0][0][4][0].item<bool>());

  tall.frames = tall.frames.narrow(0, 0, 1);
  EXPECT_NE(test::error_of([&] {
              make_batch({wide, tall}, settings, 5);
            }).find("tall"),
            std::string::npos);
}
