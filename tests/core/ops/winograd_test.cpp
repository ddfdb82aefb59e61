// Winograd's algorithm against the convolution in double precision: sizes that are no multiples of
// its tiles, what is fused, every instruction set; and where `Conv` uses it.

#include "ops/winograd.h"

#include <ATen/Parallel.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/relu.h>
#include <clipwork/error.h>
#include <clipwork/ops/conv.h>

#include "ops_support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

struct Layer {
  int64_t in, out;
  Tensor weight, bias;

  Layer(int64_t in, int64_t out)
      : in(in),
        out(out),
        weight(normal({out, in, 3, 3}, 1) / std::sqrt(9.0 * double(in))),
        bias(normal({out}, 2)) {}
};

Tensor exact(const Layer& layer, const Tensor& input, const Tensor& bias, const Tensor& residual,
             bool relu) {
  auto wide = [](const Tensor& x) { return x.defined() ? x.to(at::kDouble) : x; };
  Tensor output = at::conv2d(wide(input), wide(layer.weight), wide(bias), /*stride=*/1,
                             /*padding=*/1);
  if (residual.defined()) output = output + residual;
  return relu ? at::relu(output) : output;
}

template <class Check>
void with_each_variant(Check check) {
  for (int i = 0; const Kernels* variant = kernels(i); ++i) {
    SCOPED_TRACE(variant->name);
    check(*variant);
  }
}

struct Errors {
  double rms, largest;  // in units of the largest value
};
Errors errors(const Tensor& actual, const Tensor& expected) {
  Tensor error = (actual.to(at::kDouble) - expected).abs();
  const double unit = expected.abs().max().item().toDouble();
  return {std::sqrt(error.square().mean().item().toDouble()) / unit,
          error.max().item().toDouble() / unit};
}

class WinogradTest : public ::testing::Test {
  c10::InferenceMode mode_;
};

}  // namespace

TEST_F(WinogradTest, IsTheConvolutionForMapsOfEverySize) {
  const Layer layer(16, 19);
  with_each_variant([&](const Kernels& variant) {
    const Winograd winograd(layer.weight, layer.bias, variant);
    for (int64_t height : {1, 2, 3, 4, 5, 7, 8, 9, 13}) {
      for (int64_t width : {1, 2, 3, 4, 5, 6, 8, 11, 21}) {
        const Tensor input = map(1, layer.in, height, width, uint64_t(height * 100 + width));
        const Tensor output = winograd.run(input, {}, /*relu=*/false);
        SCOPED_TRACE(cat(height, "x", width));
        EXPECT_TRUE(output.is_contiguous(at::MemoryFormat::ChannelsLast));
        expect_close(output, exact(layer, input, layer.bias, {}, false), 5e-6);
      }
    }
  });
}

TEST_F(WinogradTest, TakesAnyChannelsFromSixteenOn) {
  for (auto [in, out] : {std::pair{16, 16}, {17, 33}, {31, 40}, {130, 47}, {257, 174}}) {
    const Layer layer(in, out);
    const Tensor input = map(1, in, 6, 9, 3);
    const Tensor expected = exact(layer, input, layer.bias, {}, false);
    with_each_variant([&](const Kernels& variant) {
      SCOPED_TRACE(cat(in, " to ", out));
      const Winograd winograd(layer.weight, layer.bias, variant);
      expect_close(winograd.run(input, {}, false), expected, 5e-6);
    });
  }
}

TEST_F(WinogradTest, AddsBiasAndResidualBeforeTheRelu) {
  const Layer layer(24, 20);
  for (int64_t batch : {1, 3}) {
    const Tensor input = map(batch, layer.in, 7, 10, 4), residual = map(batch, layer.out, 7, 10, 5);
    // Any memory order comes in; the residual stays as it is.
    const Tensor plain_order = residual.contiguous(), before = residual.clone();
    for (const Tensor& bias : {layer.bias, Tensor()}) {
      const Winograd winograd(layer.weight, bias);
      for (const Tensor& added : {Tensor(), residual, plain_order}) {
        for (bool relu : {false, true}) {
          const Tensor expected = exact(layer, input, bias, added, relu);
          expect_close(winograd.run(input, added, relu), expected, 5e-6);
          expect_close(winograd.run(input.contiguous(), added, relu), expected, 5e-6);
        }
      }
    }
    EXPECT_TRUE(residual.equal(before));
  }
}

TEST_F(WinogradTest, RoundsHardlyMoreThanTheDirectForm) {
  // Inputs as they come behind a relu. The usual points 1 and 2 have more than twice this error.
  for (int64_t channels : {64, 256}) {
    const Layer layer(channels, channels);
    const Tensor input = map(1, channels, 12, 16, 6).relu();
    const Tensor expected = exact(layer, input, layer.bias, {}, false);
    const Tensor direct = at::conv2d(input, layer.weight, layer.bias, 1, 1);
    const Errors of_direct = errors(direct, expected);
    with_each_variant([&](const Kernels& variant) {
      const Winograd winograd(layer.weight, layer.bias, variant);
      const Errors of_winograd = errors(winograd.run(input, {}, false), expected);
      EXPECT_LT(of_winograd.rms, 4 * of_direct.rms) << channels;
      EXPECT_LT(of_winograd.rms, 2e-7) << channels;
      EXPECT_LT(of_winograd.largest, 2.5e-6) << channels;
    });
  }
}

TEST_F(WinogradTest, IsTheSameBitForBitInEveryBatchAndOnSeveralThreads) {
  const Layer layer(64, 48);
  const Winograd winograd(layer.weight, layer.bias);
  const Tensor input = map(3, layer.in, 50, 45, 7);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Tensor expected = winograd.run(input, {}, true);
  at::set_num_threads(3);
  EXPECT_TRUE(winograd.run(input, {}, true).equal(expected));
  at::set_num_threads(threads);
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(winograd.run(input.narrow(0, i, 1), {}, true).equal(expected.narrow(0, i, 1)));
  }
}

TEST_F(WinogradTest, SuitsDenseConvolutionsOfThreeByThreeAlone) {
  auto suits = [](at::IntArrayRef weight, int64_t stride, int64_t padding, int64_t groups) {
    return Winograd::suits(at::zeros(weight), stride, padding, groups);
  };
  EXPECT_TRUE(suits({32, 16, 3, 3}, 1, 1, 1));
  EXPECT_FALSE(suits({32, 16, 1, 1}, 1, 0, 1));
  EXPECT_FALSE(suits({32, 16, 5, 5}, 1, 2, 1));
  EXPECT_FALSE(suits({32, 16, 3, 3}, 2, 1, 1));
  EXPECT_FALSE(suits({32, 16, 3, 3}, 1, 0, 1));
  EXPECT_FALSE(suits({32, 16, 3, 3}, 1, 1, 2));
  EXPECT_FALSE(suits({4, 256, 3, 3}, 1, 1, 1));
  EXPECT_FALSE(suits({64, 3, 3, 3}, 1, 1, 1));
}

TEST_F(WinogradTest, ConvUsesItWhereItGainsUnlessItIsTurnedOff) {
  Conv conv({.in = 32, .out = 32, .kernel = 3, .padding = 1, .bias = true});
  fill(conv, 9);
  auto run = [&](const Tensor& input, const Inference& inference) {
    conv.prepare(inference);
    return conv.forward(input);
  };
  const Tensor large = map(1, 32, 24, 40, 10), tiny = map(1, 32, 3, 5, 11);
  const Tensor narrow = map(1, 32, 60, 1, 12);
  auto winograd = [&](const Tensor& input) {
    Tensor weight = conv.named_parameters()["weight"], bias = conv.named_parameters()["bias"];
    return Winograd(weight, bias).run(input, {}, false);
  };
  EXPECT_TRUE(run(large, {}).equal(winograd(large)));
  EXPECT_FALSE(run(large, {.winograd = false}).equal(winograd(large)));
  EXPECT_FALSE(run(large, {.plain = true}).equal(winograd(large)));
  for (const Tensor& small : {tiny, narrow}) {
    EXPECT_TRUE(run(small, {}).equal(run(small, {.winograd = false})));
  }
}
