#include <ATen/ops/full.h>
#include <clipwork/loss.h>
#include <gtest/gtest.h>

using namespace clipwork;

namespace {

/// Two processes, of which the other has `other` objects.
struct Two : Communicator {
  explicit Two(double other) : other(other) {}
  int size() const override { return 2; }
  double sum(double value) override { return value + other; }
  double other;
};

}  // namespace

TEST(LossResult, IsTheWeightedSumOfItsTermsWithGradient) {
  Tensor first = at::full({}, 3.0, at::kFloat).requires_grad_(true);
  Tensor second = at::full({}, 5.0, at::kFloat).requires_grad_(true);
  LossResult result{{{"loss_ce", first, 2}, {"loss_dice", second, 0.5}}, {}};
  Tensor total = result.total();
  EXPECT_DOUBLE_EQ(total.item<double>(), 8.5);
  total.backward();
  EXPECT_DOUBLE_EQ(first.grad().item<double>(), 2);
  EXPECT_DOUBLE_EQ(second.grad().item<double>(), 0.5);
}

TEST(LossResult, IsZeroWithoutTerms) { EXPECT_EQ(LossResult{}.total().item<double>(), 0); }

TEST(ObjectNormaliser, IsTheMeanNumberOfObjectsOfAProcessButAtLeastOne) {
  Communicator alone;
  EXPECT_DOUBLE_EQ(object_normaliser(5, alone), 5);
  EXPECT_DOUBLE_EQ(object_normaliser(0, alone), 1);
  Two two(2);
  EXPECT_DOUBLE_EQ(object_normaliser(5, two), 3.5);
  Two empty(0);
  EXPECT_DOUBLE_EQ(object_normaliser(1, empty), 1);
}

TEST(NotFinite, NamesTheTensorAndTheVideo) {
  NotFinite error("masks", "video 3");
  EXPECT_EQ(error.problem(), "masks is not finite");
  EXPECT_EQ(error.where(), "video 3");
  EXPECT_NE(error.advice(), "");
}
