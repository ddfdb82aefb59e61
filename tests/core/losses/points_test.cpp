#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/losses/points.h>
#include <clipwork/sample_points.h>
#include <clipwork/tap.h>

#include "support.h"

using namespace clipwork;
using at::Tensor;

namespace {

Tensor point(double x, double y) { return at::tensor({x, y}, at::kFloat).view({1, 1, 2}); }

double value_at(const Tensor& map, double x, double y) {
  return sample_points(map.view({1, 1, map.size(0), map.size(1)}), point(x, y)).item<double>();
}

Tensor random(at::IntArrayRef shape, const char* name) {
  Generators generators(3);
  return at::rand(shape, generators(name), at::TensorOptions(at::kFloat));
}

}  // namespace

TEST(Points, AreSampledBetweenPixelCentresAndMixInZerosAtTheBorder) {
  Tensor map = at::arange(1, 7, at::kFloat).view({2, 3});
  EXPECT_FLOAT_EQ(value_at(map, 0.5 / 3, 0.25), 1);
  EXPECT_FLOAT_EQ(value_at(map, 1.0 / 3, 0.5), 3);
  EXPECT_FLOAT_EQ(value_at(map, 0, 0.25), 0.5);
  EXPECT_FLOAT_EQ(value_at(map, 0, 0), 0.25);
}

TEST(Points, OfMapsInReducedPrecisionKeepTheirPlaces) {
  const Tensor map = random({1, 1, 9, 300}, "map").to(at::kBFloat16);
  const Tensor points = random({1, 200, 2}, "points");
  EXPECT_TRUE(sample_points(map, points).equal(sample_points(map.to(at::kFloat), points)));
}

TEST(Points, OfLabelsAreThoseOfTheSameMaskAsNumbers) {
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

TEST(Points, ThatAreLeastCertainComeFirst) {
  Tensor logits = at::tensor({-3.0, 0.5, 2.0, -0.25}, at::kFloat).view({1, 1, 4});
  Tensor candidates =
      at::tensor({0.125, 0.5, 0.375, 0.5, 0.625, 0.5, 0.875, 0.5}, at::kFloat).view({1, 4, 2});
  PointSettings settings{3, 4.0 / 3, 2.0 / 3};
  ASSERT_EQ(settings.candidates(), 4);
  Tensor chosen = uncertain_points(logits, settings, candidates, point(0.1, 0.2));
  Tensor wanted = at::tensor({0.875, 0.5, 0.375, 0.5, 0.1, 0.2}, at::kFloat).view({1, 3, 2});
  EXPECT_TRUE(chosen.equal(wanted));
}

TEST(Draws, ArePlayedBackToAListenerByPurpose) {
  struct Listener : TapListener {
    bool wants(const std::string& name) override { return name == "draw.final.random"; }
    Tensor hear(const std::string&, Tensor value) override { return at::zeros(value.sizes()); }
  } listener;
  Generators first(9), again(9);
  Communicator world;
  Context context{true, first, world}, same{true, again, world};
  Tensor drawn = draw_points(context, {4, 2}, "final.matcher.0");
  EXPECT_TRUE(drawn.equal(draw_points(same, {4, 2}, "other")));
  TapScope taps(&listener);
  EXPECT_EQ(draw_points(context, {4, 2}, "final.random").abs().max().item<double>(), 0);
}
