#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/host/batch.h>
#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;
using at::Tensor;
using testing::HasSubstr;

namespace {

/// A sample of this size, two frames unless told otherwise, whose pixels are all `value`. Object 0
/// (id 9) fills every frame, object 1 is in none, object 2 (id 4) is one pixel of the last.
Sample sample_of(const char* name, Size size, int value, int64_t frames = 2) {
  Sample sample;
  sample.name = name;
  sample.frames = at::full({frames, 3, size.height, size.width}, value, at::kByte);
  Targets& targets = sample.targets;
  targets.labels = at::tensor({1, 0, 2}, at::kLong);
  targets.ids = at::full({3, frames}, -1, at::kLong);
  targets.ids[0].fill_(9);
  targets.ids[2][frames - 1] = 4;
  targets.masks = at::zeros({3, frames, size.height, size.width}, at::kBool);
  targets.masks[0].fill_(true);
  targets.masks[2][frames - 1][0][0] = true;
  return sample;
}

Preprocess settings() {
  Preprocess settings;
  settings.mean = {10, 20, 30};
  settings.deviation = {1, 2, 4};
  settings.divisor = 4;
  return settings;
}

std::string refusal_of(const std::vector<Sample>& samples) {
  return test::error_of([&] { make_batch(samples, settings(), 3); });
}

}  // namespace

TEST(Batch, NormalisesAndPadsToTheLargestSidesOfTheBatch) {
  Batch batch =
      make_batch({sample_of("a", {3, 9}, 50), sample_of("b", {6, 2}, 100)}, settings(), 3);
  EXPECT_EQ(batch.padded, (Size{8, 12}));
  EXPECT_EQ(batch.frames, 2);
  EXPECT_EQ(batch.videos(), 2);
  ASSERT_EQ(batch.pictures.sizes(), (at::IntArrayRef{4, 3, 8, 12}));
  for (int64_t picture = 0; picture < 4; ++picture) {
    const bool first = picture < 2;
    const Size size = first ? Size{3, 9} : Size{6, 2};
    for (int64_t c = 0; c < 3; ++c) {
      const double mean[] = {10, 20, 30}, deviation[] = {1, 2, 4};
      Tensor expected = at::zeros({8, 12});
      expected.narrow(0, 0, size.height)
          .narrow(1, 0, size.width)
          .fill_(((first ? 50 : 100) - mean[c]) / deviation[c]);
      EXPECT_TRUE(batch.pictures[picture][c].equal(expected)) << picture << " " << c;
    }
  }
}

TEST(Batch, NeverResizesPictures) {
  Preprocess small = settings();
  small.resize = Preprocess::Resize::shortest_edge;
  small.short_edge = 2;
  EXPECT_EQ(make_batch({sample_of("a", {8, 8}, 1)}, small, 3).padded, (Size{8, 8}));
}

TEST(Batch, KeepsFramesOfAVideoTogether) {
  Sample sample = sample_of("a", {4, 4}, 0);
  sample.frames[1].fill_(10);
  Batch batch = make_batch({sample, sample}, settings(), 3);
  for (int64_t picture = 0; picture < 4; ++picture) {
    EXPECT_EQ(batch.pictures[picture][0][0][0].item<float>(), picture % 2 == 0 ? -10 : 0);
  }
}

TEST(Batch, LeavesOutAbsentObjectsAndNumbersTheOthers) {
  Batch batch = make_batch({sample_of("a", {3, 5}, 0)}, settings(), 3);
  const Targets& targets = batch.targets[0];
  EXPECT_EQ(targets.name, "a");
  EXPECT_TRUE(targets.labels.equal(at::tensor({1, 2}, at::kLong)));
  EXPECT_TRUE(targets.ids.equal(at::tensor({1, 1, -1, 0}, at::kLong).view({2, 2})));
  ASSERT_EQ(targets.masks.sizes(), (at::IntArrayRef{2, 2, 4, 8}));
  EXPECT_EQ(targets.masks[0][0].sum().item<int64_t>(), 15);
  EXPECT_FALSE(targets.masks[0][0][3].any().item<bool>());
}

TEST(Batch, RefusesSamplesThatDoNotFitTogether) {
  EXPECT_NE(refusal_of({}), "nothing was thrown");
  EXPECT_THAT(refusal_of({sample_of("a", {4, 4}, 0), sample_of("b", {4, 4}, 0, 3)}),
              testing::AllOf(HasSubstr("b"), HasSubstr("3 frames"), HasSubstr("2")));
}

TEST(Batch, RefusesPicturesAndMasksOfOtherShapes) {
  Sample floats = sample_of("floats", {4, 4}, 0);
  floats.frames = floats.frames.to(at::kFloat);
  EXPECT_THAT(refusal_of({floats}), HasSubstr("floats"));
  Sample grey = sample_of("grey", {4, 4}, 0);
  grey.frames = grey.frames.narrow(1, 0, 1);
  EXPECT_THAT(refusal_of({grey}), HasSubstr("grey"));
  Sample other = sample_of("other", {4, 4}, 0);
  other.targets.masks = at::zeros({3, 2, 4, 5}, at::kBool);
  EXPECT_THAT(refusal_of({other}), HasSubstr("other"));
  Sample classes = sample_of("classes", {4, 4}, 0);
  classes.targets.labels[0] = 3;
  EXPECT_NE(refusal_of({classes}), "nothing was thrown");
}
