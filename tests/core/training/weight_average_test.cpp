#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/host/weight_average.h>
#include <gtest/gtest.h>

using namespace clipwork;

TEST(WeightAverage, ForgetsTheFirstWeightsFastAndThenFollowsItsDecay) {
  Tensor weight = at::zeros({2}), buffer = at::full({1}, 7.0);
  WeightAverage average({{"w", weight, false}, {"b", buffer, true}}, 0.5);
  weight.fill_(1);
  average.update(0);  // d = 1/10
  EXPECT_NEAR(average.values()[0].value[0].item<double>(), 0.9, 1e-6);
  average.update(100);  // d = 1/2
  EXPECT_NEAR(average.values()[0].value[0].item<double>(), 0.95, 1e-6);
  buffer.fill_(8);
  EXPECT_EQ(average.values()[1].value[0].item<double>(), 8);
}

TEST(WeightAverage, RefusesACheckpointWithoutIt) {
  WeightAverage average({{"w", at::zeros({2}), false}}, 0.5);
  Checkpoint checkpoint;
  EXPECT_THROW(average.restore(checkpoint), InputError);
  checkpoint.tensors = {{"w", at::ones({2})}};
  average.restore(checkpoint);
  EXPECT_TRUE(at::equal(average.values()[0].value, at::ones({2})));
}
