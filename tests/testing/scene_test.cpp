// The drawn scene: pixels, and that predictions and targets agree with them.

#include <ATen/ops/tensor.h>
#include <clipwork/error.h>
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/scene.h>

using namespace clipwork;
using namespace clipwork::test;

namespace {

constexpr Size kSize{12, 17};

/// A square that moves to the right, and a disc that is there in frames 1 and 2.
Scene two_objects() {
  SceneObject square{.x = 4, .y = 4, .width = 4, .height = 4, .dx = 2, .category = 1};
  SceneObject disc{.shape = SceneObject::Shape::circle,
                   .x = 12,
                   .y = 8,
                   .width = 5,
                   .category = 2,
                   .first = 1,
                   .last = 2};
  return Scene(kSize, {square, disc});
}

}  // namespace

TEST(Scene, ShapesCoverThePixelsWhoseCentresAreInside) {
  const Tensor square = rectangle({3, 4}, 2, 1, 2, 2);
  EXPECT_EQ(square.sum().item<int64_t>(), 4);
  EXPECT_TRUE(square[0][1].item<bool>() && square[1][2].item<bool>());
  EXPECT_EQ(circle({9, 9}, 4.5, 4.5, 2.5).sum().item<int64_t>(), 5);
  EXPECT_FALSE(rectangle({3, 4}, -10, 1, 2, 2).any().item<bool>());
}

TEST(Scene, ObjectsMoveAndComeAndGo) {
  const Scene scene = two_objects();
  EXPECT_TRUE(scene.mask(0, 0)[4][3].item<bool>());
  EXPECT_TRUE(scene.mask(0, 3)[4][9].item<bool>());
  EXPECT_EQ(scene.visible(0, 1), (std::vector<int64_t>{0}));
  EXPECT_EQ(scene.visible(0, 2), (std::vector<int64_t>{0, 1}));
  EXPECT_TRUE(scene.visible(50, 2).empty());
}

TEST(Scene, PredictionsSayWhatTheMasksShow) {
  const Scene scene = two_objects();
  const ClipPrediction prediction = scene.prediction(1, 2, {1, -1, 0});
  EXPECT_EQ(prediction.rows(), 3);
  EXPECT_TRUE(close(class_probabilities(prediction.class_scores, prediction.form)[0].argmax(1),
                    at::tensor({2, 0, 1}, at::kLong)));
  const Tensor bits = prediction.masks->bits(1, Pairs::all(1, 3), At::output);
  EXPECT_TRUE(close(bits[0], scene.mask(1, 2)));
  EXPECT_FALSE(bits[1].any().item<bool>());
  EXPECT_TRUE(close(bits[2], scene.mask(0, 2)));
  EXPECT_TRUE(close(prediction.more.at("boxes")[0][2], at::tensor({6.F, 2.F, 10.F, 6.F})));
  EXPECT_EQ(scene.prediction(0, 1, {}).rows(), 0);
}

TEST(Scene, EmbeddingsOfAnObjectAreNearerThanThoseOfOthers) {
  const Scene scene = two_objects();
  const Tensor now = scene.prediction(1, 1).embeddings[0],
               next = scene.prediction(2, 1).embeddings[0];
  EXPECT_TRUE(close(now.mm(next.t()).argmax(1), at::tensor({0, 1}, at::kLong)));
}

TEST(Scene, TargetsAndSamplesAreSound) {
  const Sample sample = two_objects().sample(0, 4);
  check_targets(sample.targets, 3);
  EXPECT_EQ(sample.frames.sizes(), (std::vector<int64_t>{4, 3, 12, 17}));
  EXPECT_TRUE(close(sample.targets.ids[1], at::tensor({-1, 1, 1, -1}, at::kLong)));
  const Sample nothing = Scene(kSize).sample(0, 2);
  check_targets(nothing.targets, 3);
  EXPECT_EQ(nothing.targets.count(), 0);
}

TEST(Scene, RefusesACategoryThatItHasNot) { EXPECT_THROW(Scene(kSize, {{.category = 3}}), Error); }
