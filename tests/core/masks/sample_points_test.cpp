#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/context.h>
#include <clipwork/error.h>
#include <clipwork/sample_points.h>
#include <gtest/gtest.h>

using namespace clipwork;
using at::Tensor;

namespace {

double value_at(const Tensor& map, double x, double y) {
  return sample_points(map.view({1, 1, map.size(0), map.size(1)}),
                       at::tensor({x, y}, at::kFloat).view({1, 1, 2}))
      .item<double>();
}

Tensor random(at::IntArrayRef shape, const char* name) {
  Generators generators(3);
  return at::rand(shape, generators(name), at::TensorOptions(at::kFloat));
}

}  // namespace

TEST(SamplePoints, MixesPixelsAndZerosBeyondTheBorder) {
  Tensor map = at::arange(1, 7, at::kFloat).view({2, 3});
  EXPECT_FLOAT_EQ(value_at(map, 0.5 / 3, 0.25), 1);
  EXPECT_FLOAT_EQ(value_at(map, 1.0 / 3, 0.5), 3);
  EXPECT_FLOAT_EQ(value_at(map, 0, 0.25), 0.5);
  EXPECT_FLOAT_EQ(value_at(map, 0, 0), 0.25);
}

TEST(SamplePoints, KeepsPlacesExactForMapsOfReducedPrecision) {
  const Tensor map = random({1, 1, 9, 300}, "map").to(at::kBFloat16);
  const Tensor points = random({1, 200, 2}, "points");
  EXPECT_TRUE(sample_points(map, points).equal(sample_points(map.to(at::kFloat), points)));
}

TEST(SampleLabels, EqualsSamplingTheSameMasksAsNumbers) {
  Tensor masks = random({5, 9, 7}, "masks").gt(0.5);
  Tensor points = random({5, 200, 2}, "points");
  // Some on the border, and in the corners.
  points.narrow(1, 0, 40).round_();
  Tensor as_numbers = sample_points(masks.to(at::kFloat).unsqueeze(1), points).squeeze(1);
  EXPECT_TRUE(at::allclose(sample_labels(masks, points), as_numbers, 1e-5, 1e-5));
  Tensor shared = points[0];
  Tensor of_all = sample_points(masks.to(at::kFloat).unsqueeze(0), shared.unsqueeze(0)).squeeze(0);
  EXPECT_TRUE(at::allclose(sample_labels(masks, shared), of_all, 1e-5, 1e-5));
  EXPECT_EQ(sample_labels(masks.narrow(0, 0, 0), points.narrow(0, 0, 0)).size(0), 0);
}

TEST(SamplePoints, PassesGradientsToTheFourNeighboursOfAPoint) {
  Tensor map = at::zeros({1, 1, 2, 2}).requires_grad_(true);
  sample_points(map, at::tensor({0.5, 0.375}, at::kFloat).view({1, 1, 2})).sum().backward();
  Tensor expected = at::tensor({0.375, 0.375, 0.125, 0.125}, at::kFloat).view({1, 1, 2, 2});
  EXPECT_TRUE(at::allclose(map.grad(), expected));
}

TEST(SamplePoints, TakesNoPointsAndMapsWithoutPixels) {
  EXPECT_EQ(sample_points(at::ones({2, 3, 4, 4}), at::zeros({2, 0, 2})).sizes(),
            (at::IntArrayRef{2, 3, 0}));
  Tensor none = sample_points(at::ones({2, 3, 0, 4}), at::zeros({2, 5, 2}));
  EXPECT_TRUE(none.equal(at::zeros({2, 3, 5})));
}

TEST(SamplePoints, RefusesShapesThatDoNotFit) {
  EXPECT_THROW(sample_points(at::ones({3, 4, 4}), at::zeros({3, 5, 2})), Error);
  EXPECT_THROW(sample_points(at::ones({1, 3, 4, 4}), at::zeros({2, 5, 2})), Error);
  EXPECT_THROW(sample_points(at::ones({1, 3, 4, 4}), at::zeros({1, 5, 3})), Error);
}
