#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <clipwork/testing/gradients.h>
#include <gmock/gmock.h>

using namespace clipwork;
using namespace clipwork::test;
using ::testing::HasSubstr;

namespace {

Tensor leaf() { return at::arange(1, 5, at::kFloat).set_requires_grad(true); }

}  // namespace

TEST(GradientDifference, IsEmptyForARightGradient) {
  const Tensor x = leaf(), y = leaf();
  EXPECT_EQ(gradient_difference([&] { return (x * x * y).sum(); }, {x, y}), "");
}

TEST(GradientDifference, NamesTheInputWhoseGradientIsWrong) {
  const Tensor x = leaf(), y = leaf();
  // The gradient does not know of the second factor.
  EXPECT_THAT(gradient_difference([&] { return (x * y * y.detach()).sum(); }, {x, y}),
              HasSubstr("input 1: expected the derivative "));
  EXPECT_THAT(gradient_difference([&] { return (x + y.detach()).sum(); }, {x, y}),
              HasSubstr("found 0"));
}

TEST(GradientDifference, LeavesTheInputsAsTheyWere) {
  const Tensor x = leaf();
  gradient_difference([&] { return (x * x).sum(); }, {x});
  EXPECT_EQ(difference(x.detach(), leaf().detach(), {1e-6}), "");
}
