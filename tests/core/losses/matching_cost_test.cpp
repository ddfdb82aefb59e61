#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/context.h>
#include <clipwork/loss.h>
#include <clipwork/losses/matching_cost.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "support.h"

using namespace clipwork;
using at::Tensor;
using testing::HasSubstr;

namespace {

constexpr int64_t kRows = 3, kFrames = 2, kSide = 2;

/// The centres of the 2 x 2 pixels, row by row.
Tensor centres() {
  return at::tensor({0.25, 0.25, 0.75, 0.25, 0.25, 0.75, 0.75, 0.75}, at::kFloat).view({4, 2});
}

ClipPrediction prediction_of(Tensor scores, Tensor masks) {
  ClipPrediction prediction;
  prediction.class_scores = std::move(scores);
  std::vector<Geometry> geometry(kFrames, {{kSide, kSide}, {kSide, kSide}, {kSide, kSide}});
  prediction.masks = dense_masks(std::move(masks), geometry);
  return prediction;
}

ClipPrediction random_prediction(int64_t batch) {
  Generators random(5);
  auto draw = [&](at::IntArrayRef shape) {
    return at::randn(shape, random("values"), at::TensorOptions(at::kFloat));
  };
  return prediction_of(draw({batch, kRows, 4}), draw({batch, kRows, kFrames, kSide, kSide}));
}

/// Two objects: one that fills the first frame, one with a pixel of each.
Targets two() {
  Targets targets;
  targets.name = "cats";
  targets.labels = at::tensor({2, 0}, at::kLong);
  targets.ids = at::tensor({0, -1, 1, 1}, at::kLong).view({2, 2});
  targets.masks = at::zeros({2, kFrames, kSide, kSide}, at::kBool);
  targets.masks[0][0].fill_(true);
  targets.masks[1][0][0][1] = true;
  targets.masks[1][1][1][0] = true;
  return targets;
}

Targets none() {
  Targets targets = two();
  targets.ids.fill_(-1);
  targets = without_absent(targets);
  targets.name = "empty";
  return targets;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

TEST(MatchingCost, IsThatOfTheVolumeOfAllFramesAndPoints) {
  const ClipPrediction prediction = random_prediction(2);
  const Targets targets = two();
  const CostWeights weights{.classes = 2, .mask = 5, .dice = 3};
  for (int64_t entry : {0, 1}) {
    MatchingCost cost = matching_cost(prediction, entry, targets, centres(), weights);
    ASSERT_EQ(cost.total.sizes(), (at::IntArrayRef{kRows, 2}));
    Tensor values = prediction.masks->values(
        0, {at::full({3}, entry, at::kLong), at::tensor({0, 1, 2}, at::kLong)});
    Tensor later = prediction.masks->values(
        1, {at::full({3}, entry, at::kLong), at::tensor({0, 1, 2}, at::kLong)});
    Tensor probabilities = prediction.class_scores[entry].softmax(-1);
    for (int64_t r = 0; r < kRows; ++r) {
      for (int64_t n = 0; n < 2; ++n) {
        double entropy = 0, both = 0, either = 0;
        for (int64_t t = 0; t < kFrames; ++t) {
          for (int64_t p = 0; p < 4; ++p) {
            const double logit = (t == 0 ? values : later)[r][p / 2][p % 2].item<double>();
            const double on = sigmoid(logit),
                         label = targets.masks[n][t][p / 2][p % 2].item<bool>();
            entropy -= std::log(label > 0 ? on : 1 - on) / 8;
            both += on * label;
            either += on + label;
          }
        }
        const double dice = 1 - (2 * both + 1) / (either + 1);
        const double chance = probabilities[r][targets.labels[n].item<int64_t>()].item<double>();
        EXPECT_NEAR(cost.mask[r][n].item<double>(), entropy, 1e-5);
        EXPECT_NEAR(cost.dice[r][n].item<double>(), dice, 1e-5);
        EXPECT_NEAR(cost.total[r][n].item<double>(), 5 * entropy + 3 * dice - 2 * chance, 1e-5);
      }
    }
  }
}

TEST(MatchingCost, RecordsNoGradient) {
  Tensor masks = at::zeros({1, kRows, kFrames, kSide, kSide}).requires_grad_(true);
  Tensor scores = at::zeros({1, kRows, 4}).requires_grad_(true);
  MatchingCost cost = matching_cost(prediction_of(scores, masks), 0, two(), centres(), {});
  EXPECT_FALSE(cost.total.requires_grad());
}

TEST(MatchingCost, HasNoColumnsWithoutObjects) {
  MatchingCost cost =
      matching_cost(random_prediction(1), 0, frames_of(without_absent(two()), 0, 2), centres(), {});
  EXPECT_EQ(cost.total.size(1), 2);
  cost = matching_cost(random_prediction(1), 0, none(), centres(), {});
  EXPECT_EQ(cost.total.sizes(), (at::IntArrayRef{kRows, 0}));
}

TEST(MatchingCost, NamesTheTensorAndTheVideoThatAreNotFinite) {
  auto message = [](const ClipPrediction& prediction) -> std::string {
    return test::error_of<NotFinite>([&] { matching_cost(prediction, 0, two(), centres(), {}); });
  };
  Tensor scores = at::zeros({1, kRows, 4}), masks = at::zeros({1, kRows, kFrames, kSide, kSide});
  EXPECT_EQ(message(prediction_of(scores, masks)), "nothing was thrown");
  masks[0][2][1][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(message(prediction_of(scores, masks)),
              testing::AllOf(HasSubstr("video cats"), HasSubstr("masks")));
  scores[0][1][3] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(message(prediction_of(scores, masks)), HasSubstr("class_scores"));
}

TEST(MatchingCosts, AreThoseOfEachEntry) {
  // Two copies of three samples, which have two objects, one and none.
  constexpr int64_t kCopies = 2, kPoints = 5;
  const std::vector<Targets> samples = {two(), frames_of(without_absent(two()), 0, 2), none()};
  std::vector<Targets> targets = samples;
  targets[1].labels = targets[1].labels.narrow(0, 0, 1);
  targets[1].ids = targets[1].ids.narrow(0, 0, 1);
  targets[1].masks = targets[1].masks.narrow(0, 0, 1);
  const int64_t batch = kCopies * std::ssize(targets);
  const ClipPrediction prediction = random_prediction(batch);
  Generators random(9);
  const Tensor points =
      at::rand({batch, kPoints, 2}, random("points"), at::TensorOptions(at::kFloat));
  const CostWeights weights{.classes = 2, .mask = 5, .dice = 3};
  const std::vector<Tensor> costs =
      matching_costs(prediction, targets, ClipObjects(targets), points, weights);
  ASSERT_EQ(std::ssize(costs), batch);
  for (int64_t entry = 0; entry < batch; ++entry) {
    const Targets& of_entry = targets[entry % std::ssize(targets)];
    const Tensor expected =
        matching_cost(prediction, entry, of_entry, points[entry], weights).total;
    ASSERT_EQ(costs[entry].sizes(), expected.sizes());
    EXPECT_TRUE(at::allclose(costs[entry], expected, 1e-5, 1e-5)) << "entry " << entry;
  }
}

TEST(MatchingCosts, NameTheTensorAndTheVideoThatAreNotFinite) {
  Tensor scores = at::zeros({2, kRows, 4}), masks = at::zeros({2, kRows, kFrames, kSide, kSide});
  const std::vector<Targets> targets = {two(), none()};
  auto message = [&]() -> std::string {
    return test::error_of<NotFinite>([&] {
      matching_costs(prediction_of(scores, masks), targets, ClipObjects(targets),
                     centres().expand({2, -1, -1}), {});
    });
  };
  EXPECT_EQ(message(), "nothing was thrown");
  // The video without objects is looked at, too.
  masks[1][2][1][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(message(), testing::AllOf(HasSubstr("video empty"), HasSubstr("masks")));
  scores[0][1][3] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(message(), testing::AllOf(HasSubstr("video cats"), HasSubstr("class_scores")));
}
