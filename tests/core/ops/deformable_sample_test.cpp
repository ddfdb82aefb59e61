// The sampling kernel and its gradient against the form of tensor operations and its autograd, and
// against differences.

#include <clipwork/error.h>
#include <clipwork/ops/deformable_attention.h>

#include "ops_support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

struct Inputs {
  Tensor value, locations, weights;
};

Inputs make_inputs(int64_t batch, int64_t queries, int64_t heads, int64_t depth, int64_t points,
                   const std::vector<Size>& levels, double spread = 0.5) {
  int64_t positions = 0, maps = int64_t(levels.size());
  for (const Size& level : levels) positions += level.height * level.width;
  return {normal({batch, positions, heads, depth}, 1).requires_grad_(),
          (normal({batch, queries, heads, maps, points, 2}, 2) * spread + 0.5).requires_grad_(),
          normal({batch, queries, heads, maps, points}, 3).requires_grad_()};
}

const std::vector<Size> kLevels = {{3, 5}, {6, 10}, {1, 2}};

std::vector<Inputs> all_inputs() {
  return {make_inputs(1, 7, 8, 32, 4, kLevels), make_inputs(3, 5, 2, 8, 4, kLevels),
          make_inputs(2, 4, 3, 5, 1, kLevels), make_inputs(1, 6, 1, 40, 20, kLevels)};
}

}  // namespace

TEST(DeformableSample, EqualsTheFormOfTensorOperations) {
  for (const Inputs& in : all_inputs()) {
    Tensor expected = deformable_sample_plain(in.value, kLevels, in.locations, in.weights);
    expect_close(deformable_sample(in.value, kLevels, in.locations, in.weights), expected);
    c10::InferenceMode mode;
    expect_close(deformable_sample(in.value, kLevels, in.locations, in.weights), expected);
  }
}

TEST(DeformableSample, OfReducedPrecisionIsComputedInThatOfTheLocations) {
  const Inputs in = make_inputs(1, 7, 8, 32, 4, kLevels);
  const Tensor value = in.value.to(at::kBFloat16), weights = in.weights.to(at::kBFloat16);
  const Tensor output = deformable_sample(value, kLevels, in.locations, weights);
  EXPECT_EQ(output.scalar_type(), at::kFloat);
  EXPECT_TRUE(output.equal(
      deformable_sample(value.to(at::kFloat), kLevels, in.locations, weights.to(at::kFloat))));
}

TEST(DeformableSample, GradientEqualsThatOfTensorOperations) {
  for (const Inputs& in : all_inputs()) {
    auto gradients = [&](auto* sample) {
      for (Tensor tensor : {in.value, in.locations, in.weights}) tensor.mutable_grad() = Tensor();
      Tensor output = sample(in.value, kLevels, in.locations, in.weights);
      (output * normal(output.sizes(), 4)).sum().backward();
      return std::vector<Tensor>{in.value.grad(), in.locations.grad(), in.weights.grad()};
    };
    auto expected = gradients(deformable_sample_plain), actual = gradients(deformable_sample);
    for (size_t i = 0; i < 3; ++i) expect_close(actual[i], expected[i], 1e-5);
  }
}

TEST(DeformableSample, GradientIsTheSlopeOfTheOutput) {
  std::vector<Size> levels = {{6, 8}};
  // Wide apart from whole positions, where the slope has no step.
  Inputs in = make_inputs(1, 4, 2, 8, 2, levels);
  Tensor cells = at::rand(in.locations.sizes(), at::detail::createCPUGenerator(5), at::kFloat) * 6;
  {
    c10::NoGradGuard no_gradient;
    in.locations.copy_((cells.floor() + 0.9) / 8);
  }
  Tensor factors = normal({1, 4, 16}, 6);
  auto loss = [&] {
    return (deformable_sample(in.value, levels, in.locations, in.weights) * factors).sum();
  };
  loss().backward();
  for (Tensor input : {in.value, in.locations, in.weights}) {
    c10::NoGradGuard no_gradient;
    Tensor gradient = input.grad().flatten(), numbers = input.view({-1});
    for (int64_t i = 0; i < numbers.numel(); i += 7) {
      constexpr double kStep = 1e-2;
      double step = input.is_same(in.locations) ? kStep / 8 : kStep,
             before = numbers[i].item<float>();
      numbers[i] = before + step;
      double above = loss().item<double>();
      numbers[i] = before - step;
      double below = loss().item<double>();
      numbers[i] = before;
      EXPECT_NEAR(gradient[i].item<double>(), (above - below) / (2 * step), 2e-2);
    }
  }
}

TEST(DeformableSample, TakesTensorsThatAreNotContiguous) {
  Inputs in = make_inputs(2, 5, 2, 8, 4, kLevels);
  Tensor value = in.value.detach().transpose(1, 2).contiguous().transpose(1, 2);
  Tensor weights = in.weights.detach().transpose(1, 3).contiguous().transpose(1, 3);
  expect_close(deformable_sample(value, kLevels, in.locations, weights),
               deformable_sample_plain(in.value, kLevels, in.locations, in.weights));
}

TEST(DeformableSample, RefusesTensorsThatDoNotFit) {
  Inputs in = make_inputs(1, 5, 2, 8, 4, kLevels);
  EXPECT_THROW(deformable_sample(in.value, {{3, 5}, {6, 10}}, in.locations, in.weights), Error);
  EXPECT_THROW(deformable_sample(in.value.narrow(1, 1, 76), kLevels, in.locations, in.weights),
               Error);
  EXPECT_THROW(deformable_sample(in.value, kLevels, in.locations, in.weights.narrow(1, 0, 4)),
               Error);
}
