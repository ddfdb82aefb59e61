#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/losses/points.h>
#include <clipwork/tap.h>
#include <gtest/gtest.h>

using namespace clipwork;
using at::Tensor;

namespace {

Tensor point(double x, double y) { return at::tensor({x, y}, at::kFloat).view({1, 1, 2}); }

}  // namespace

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
