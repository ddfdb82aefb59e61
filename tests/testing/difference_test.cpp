#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/testing/gtest.h>
#include <gmock/gmock.h>

#include <limits>

using namespace clipwork;
using namespace clipwork::test;
using ::testing::HasSubstr;

TEST(Difference, IsEmptyForEqualTensorsAndWithinTheTolerance) {
  const Tensor one = at::tensor({1.F, 2.F});
  EXPECT_EQ(difference(one, one.clone()), "");
  EXPECT_EQ(difference(one.add(0.01), one, {0.011}), "");
  EXPECT_EQ(difference(one.mul(1.01), one, {0, 0.011}), "");
  EXPECT_EQ(difference(Tensor(), Tensor()), "");
  EXPECT_EQ(difference(at::zeros({0, 3}), at::zeros({0, 3})), "");
  EXPECT_TRUE(close(one, one));
}

TEST(Difference, SaysWhereAndByHowMuch) {
  const Tensor expected = at::zeros({2, 3});
  Tensor found = expected.clone();
  found[1][2] = 0.5;
  EXPECT_EQ(difference(found, expected),
            "1 of 6 entries differ, by 0.5 at most, at [1, 2]: expected 0, found 0.5");
  found[0][1] = -2;
  EXPECT_EQ(difference(found, expected),
            "2 of 6 entries differ, by 2 at most, at [0, 1]: expected 0, found -2\n"
            "  [0, 1]: expected 0, found -2\n  [1, 2]: expected 0, found 0.5");
  EXPECT_THAT(difference(found.fill_(1), expected), HasSubstr("\n  ... and 2 more"));
  EXPECT_FALSE(close(found, expected));
}

TEST(Difference, OfShapesAndTypesComesFirst) {
  EXPECT_EQ(difference(at::zeros({2, 3}), at::zeros({3, 2})),
            "expected Float [3, 2], found Float [2, 3]");
  EXPECT_EQ(difference(at::zeros({2}, at::kLong), at::zeros({2})),
            "expected Float [2], found Long [2]");
  EXPECT_EQ(difference(Tensor(), at::zeros({2})), "expected Float [2], found an undefined tensor");
}

TEST(Difference, NanEqualsNanAloneAndInfinityItself) {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(difference(at::tensor({nan, infinity}), at::tensor({nan, infinity})), "");
  EXPECT_THAT(difference(at::tensor({nan}), at::tensor({0.F}), {1}), HasSubstr("found nan"));
  EXPECT_THAT(difference(at::tensor({0.F}), at::tensor({nan}), {1}), HasSubstr("expected nan"));
  EXPECT_THAT(difference(at::tensor({infinity}), at::tensor({0.F}), {1, 1}), HasSubstr("inf"));
}

TEST(Difference, OfNamedTensorsListsWhatIsMissingOnEitherSide) {
  Tensors found, expected;
  found.set("a", at::zeros({1}));
  found.set("c", at::zeros({1}));
  expected.set("a", at::full({1}, 1.0));
  expected.set("b", at::zeros({1}));
  EXPECT_EQ(difference(found, expected),
            "a: 1 of 1 entries differ, by 1 at most, at [0]: expected 1, found 0\n"
            "b: expected it, found none\nc: expected none, found it");
}
