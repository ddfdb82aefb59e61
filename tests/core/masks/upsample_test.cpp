#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/upsample.h>
#include <gtest/gtest.h>

using namespace clipwork;
using at::Tensor;

TEST(AlignedUpsample, PlacesPixelsAHalfFactorIn) {
  // Factor 2: value i lies at 2 i + 1; the first is repeated before it, the last behind it.
  Tensor row = at::tensor({10.0, 20.0, 40.0}, at::kFloat).view({1, 1, 1, 3});
  Tensor grown = aligned_upsample(row, 2);
  EXPECT_EQ(grown.sizes(), (at::IntArrayRef{1, 1, 2, 6}));
  for (int64_t y = 0; y < 2; ++y) {
    EXPECT_TRUE(
        at::allclose(grown[0][0][y], at::tensor({10.0, 10.0, 15.0, 20.0, 30.0, 40.0}, at::kFloat)));
  }
}

TEST(AlignedUpsample, TreatsRowsAndColumnsAlike) {
  Tensor map = at::arange(12, at::kFloat).square().view({1, 1, 3, 4});
  Tensor turned = aligned_upsample(map.transpose(2, 3), 4).transpose(2, 3);
  EXPECT_TRUE(at::allclose(aligned_upsample(map, 4), turned));
}

TEST(AlignedUpsample, GrowsEveryMapOnItsOwn) {
  Tensor maps = at::arange(2 * 3 * 4 * 5, at::kFloat).view({2, 3, 4, 5});
  Tensor grown = aligned_upsample(maps, 3);
  EXPECT_EQ(grown.sizes(), (at::IntArrayRef{2, 3, 12, 15}));
  Tensor one = aligned_upsample(maps.narrow(0, 1, 1).narrow(1, 2, 1), 3);
  EXPECT_TRUE(grown[1][2].equal(one[0][0]));
}

TEST(AlignedUpsample, ReturnsTheMapsThemselvesForFactorOne) {
  Tensor maps = at::ones({1, 1, 2, 2});
  EXPECT_TRUE(aligned_upsample(maps, 1).is_same(maps));
}

TEST(AlignedUpsample, PassesGradients) {
  Tensor maps = at::zeros({1, 1, 2, 2}).requires_grad_(true);
  aligned_upsample(maps, 2).sum().backward();
  EXPECT_FLOAT_EQ(maps.grad().sum().item<float>(), 16);
}

TEST(AlignedUpsample, TakesNoMapsAndRefusesOtherShapes) {
  EXPECT_EQ(aligned_upsample(at::zeros({0, 1, 2, 3}), 4).sizes(), (at::IntArrayRef{0, 1, 8, 12}));
  EXPECT_THROW(aligned_upsample(at::zeros({2, 3}), 2), Error);
  EXPECT_THROW(aligned_upsample(at::zeros({1, 1, 2, 3}), 0), Error);
  EXPECT_THROW(aligned_upsample(at::zeros({1, 1, 2, 3}, at::kLong), 2), Error);
  EXPECT_THROW(aligned_upsample(Tensor(), 2), Error);
}
