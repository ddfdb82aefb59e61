// The plain forms against formulas written out, and the names under which checkpoints know them.

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/linear.h>
#include <clipwork/error.h>
#include <clipwork/ops/attention.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/deformable_attention.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ops/norm.h>
#include <clipwork/ops/position.h>

#include <cmath>

#include "ops_support.h"

using namespace clipwork;
using namespace clipwork::test;
using Names = std::vector<std::string>;
using Norm = ConvOptions::Norm;

namespace {

ConvOptions small_conv(Norm norm, bool bias) {
  return {.in = 8,
          .out = 16,
          .kernel = 3,
          .padding = 1,
          .bias = bias,
          .norm = norm,
          .norm_groups = 4,
          .activation = Activation::relu};
}

// Bilinear, pixel centres at half integers, zero outside.
double sample(const Tensor& map, double x, double y) {
  int64_t left = int64_t(std::floor(x)), top = int64_t(std::floor(y));
  double sum = 0;
  for (int64_t row : {top, top + 1}) {
    for (int64_t column : {left, left + 1}) {
      if (row < 0 || row >= map.size(0) || column < 0 || column >= map.size(1)) continue;
      sum += (1 - std::abs(x - double(column))) * (1 - std::abs(y - double(row))) *
             map[row][column].item<double>();
    }
  }
  return sum;
}

}  // namespace

TEST(Names, AreThoseOfPublishedCheckpoints) {
  EXPECT_EQ(names(Conv(small_conv(Norm::frozen_batch, false))),
            (Names{"weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"}));
  EXPECT_EQ(names(Conv(small_conv(Norm::batch, false))),
            (Names{"weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var",
                   "norm.num_batches_tracked"}));
  EXPECT_EQ(names(Conv(small_conv(Norm::group, true))),
            (Names{"weight", "bias", "norm.weight", "norm.bias"}));
  EXPECT_EQ(names(Linear(4, 4, false)), (Names{"weight"}));
  EXPECT_EQ(names(Mlp(4, 8, 2, 2)),
            (Names{"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"}));
  EXPECT_EQ(names(AddNorm(4)), (Names{"weight", "bias"}));
  EXPECT_EQ(names(Attention(8, 2)),
            (Names{"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"}));
  EXPECT_EQ(names(DeformableAttention(8, 2, 3, 4)),
            (Names{"value_proj.weight", "value_proj.bias", "sampling_offsets.weight",
                   "sampling_offsets.bias", "attention_weights.weight", "attention_weights.bias",
                   "output_proj.weight", "output_proj.bias"}));
}

TEST(Conv, FrozenNormHasNothingToTrainAndIsTheFormula) {
  Conv conv(small_conv(Norm::frozen_batch, false));
  fill(conv, 1);
  EXPECT_EQ(conv.parameters().size(), 1u);
  auto named = conv.named_buffers();
  auto wide = [&](const char* name) { return named[name].view({1, 16, 1, 1}); };
  Tensor input = map(2, 8, 7, 9, 2);
  Tensor scale = wide("norm.weight") / (wide("norm.running_var") + 1e-5).sqrt();
  Tensor expected = (at::conv2d(input, conv.parameters()[0], {}, 1, 1) * scale +
                     (wide("norm.bias") - wide("norm.running_mean") * scale))
                        .clamp_min(0);
  Tensor output = conv.forward(input);
  expect_close(output, expected);
  EXPECT_TRUE(output.is_contiguous(at::MemoryFormat::ChannelsLast));
  Tensor residual = map(2, 16, 7, 9, 3);
  ConvOptions linear = small_conv(Norm::frozen_batch, false);
  linear.activation = Activation::none;
  Conv without(linear);
  fill(without, 1);
  expect_close(conv.forward(input, residual), (without.forward(input) + residual).clamp_min(0));
}

TEST(Conv, GroupNormComesBeforeTheResidualAndTheRelu) {
  Conv conv(small_conv(Norm::group, false));
  fill(conv, 1);
  Tensor input = map(2, 8, 7, 9, 2), residual = map(2, 16, 7, 9, 3);
  auto p = conv.parameters();
  Tensor normed = at::group_norm(at::conv2d(input, p[0], {}, 1, 1), 4, p[1], p[2], 1e-5, false);
  expect_close(conv.forward(input), normed.clamp_min(0));
  expect_close(conv.forward(input, residual), (normed + residual).clamp_min(0));
}

TEST(Conv, TrainedNormFollowsTheBatchOnlyWhileTraining) {
  Conv conv(small_conv(Norm::batch, true));
  fill(conv, 1);
  Tensor input = map(2, 8, 7, 9, 2);
  conv.eval();
  Tensor before = conv.forward(input);
  EXPECT_TRUE(conv.forward(input).equal(before));
  conv.train();
  Tensor trained = conv.forward(input);
  EXPECT_GT(difference(trained, before), 1e-2);
  c10::NoGradGuard no_gradient;
  conv.prepare({});
  expect_close(conv.forward(input), trained);
  conv.eval();
  EXPECT_FALSE(conv.forward(input).equal(before));
}

TEST(GroupNorm, IsThePublicOneButForExacterSums) {
  c10::NoGradGuard no_gradient;
  GroupNorm norm(4, 16);
  fill(norm, 1);
  Tensor input = map(2, 16, 5, 7, 2) * 3 + 10;
  auto p = norm.parameters();
  Tensor exact = at::group_norm(input.to(at::kDouble), 4, p[0].to(at::kDouble),
                                p[1].to(at::kDouble), 1e-5, false);
  expect_close(norm.forward(input), exact.to(at::kFloat), 1e-6);
  expect_close(norm.forward(input, /*relu=*/true), exact.clamp_min(0).to(at::kFloat), 1e-6);
  EXPECT_TRUE(norm.forward(input).is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(AddNorm, NormalisesTheSumAndAddsThePosition) {
  AddNorm norm(16);
  fill(norm, 1);
  Tensor x = normal({2, 5, 16}, 2), residual = normal({2, 5, 16}, 3), position = normal({5, 16}, 4);
  Tensor sum = x + residual;
  Tensor centred = sum - sum.mean(-1, true);
  auto p = norm.parameters();
  Tensor expected = centred / (centred.square().mean(-1, true) + 1e-5).sqrt() * p[0] + p[1];
  expect_close(norm.forward(sum), expected);
  expect_close(norm.forward(x, residual), expected);
  auto [output, placed] = norm.forward(x, residual, position);
  expect_close(output, expected);
  expect_close(placed, expected + position);
}

TEST(Mlp, HasReluBetweenItsLayersOnly) {
  Mlp mlp(4, 8, 3, 2);
  fill(mlp, 1);
  auto p = mlp.parameters();
  Tensor x = normal({5, 4}, 2);
  Tensor output = mlp.forward(x);
  expect_close(output, at::linear(at::linear(x, p[0], p[1]).clamp_min(0), p[2], p[3]));
  EXPECT_LT(output.min().item<double>(), 0);
}

TEST(Attention, WeighsOpenValuesBySoftmaxHeadByHead) {
  constexpr int64_t kHeads = 2, kDepth = 4, kChannels = kHeads * kDepth;
  Attention attention(kChannels, kHeads);
  fill(attention, 1);
  Tensor query = normal({2, 3, kChannels}, 2), key = normal({2, 5, kChannels}, 3);
  Tensor value = normal({2, 5, kChannels}, 4), closed = chance({2, 3, 5}, 0.5, 5);
  closed.select(2, 0).fill_(false);
  Tensor output = attention.forward(query, key, value, closed);

  auto p = attention.parameters();
  auto project = [&](int64_t part, const Tensor& x) {
    return at::linear(x, p[0].narrow(0, part * kChannels, kChannels),
                      p[1].narrow(0, part * kChannels, kChannels));
  };
  Tensor q = project(0, query), k = project(1, key), v = project(2, value);
  Tensor joined = at::zeros({2, 3, kChannels});
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t head = 0; head < kHeads; ++head) {
      auto part = [&](const Tensor& x, int64_t i) {
        return x[b][i].narrow(0, head * kDepth, kDepth);
      };
      for (int64_t i = 0; i < 3; ++i) {
        double total = 0;
        Tensor sum = at::zeros({kDepth});
        for (int64_t s = 0; s < 5; ++s) {
          if (closed[b][i][s].item<bool>()) continue;
          double score = (part(q, i) * part(k, s)).sum().item<double>() / std::sqrt(double(kDepth));
          total += std::exp(score);
          sum += part(v, s) * std::exp(score);
        }
        part(joined, i).copy_(sum / total);
      }
    }
  }
  expect_close(output, at::linear(joined, p[2], p[3]));
  expect_close(
      attention.attend(query, attention.project_key(key), attention.project_value(value), closed),
      output);
}

TEST(Attention, AddsAMaskOfNumbersToTheScores) {
  constexpr int64_t kChannels = 8;
  Attention attention(kChannels, 2);
  fill(attention, 1);
  Tensor query = normal({2, 3, kChannels}, 2), key = normal({2, 5, kChannels}, 3);
  Tensor closed = chance({2, 3, 5}, 0.5, 5);
  closed.select(2, 0).fill_(false);
  Tensor added = at::zeros({2, 3, 5}).masked_fill(closed, -1e9);
  for (bool plain : {true, false}) {
    attention.prepare({plain, true});
    expect_close(attention.forward(query, key, key, added),
                 attention.forward(query, key, key, closed));
    // What is added to all keys of a query changes nothing; what is added to one favours it.
    Tensor even = at::zeros({2, 3, 5}).add(3);
    expect_close(attention.forward(query, key, key, even), attention.forward(query, key, key));
    Tensor uneven = at::zeros({2, 3, 5});
    uneven.select(2, 4).fill_(50);
    expect_close(attention.forward(query, key, key, uneven),
                 attention.forward(query, key.narrow(1, 4, 1), key.narrow(1, 4, 1)));
  }
}

TEST(DeformableSample, SumsBilinearSamplesOfEveryLevel) {
  constexpr int64_t kHeads = 2, kDepth = 3, kPoints = 2;
  std::vector<Size> levels = {{2, 3}, {4, 5}};
  Tensor value = normal({2, 26, kHeads, kDepth}, 1);
  Tensor locations = normal({2, 4, kHeads, 2, kPoints, 2}, 2) * 0.6 + 0.5;
  Tensor weights = normal({2, 4, kHeads, 2, kPoints}, 3);
  Tensor output = deformable_sample_plain(value, levels, locations, weights);
  Tensor expected = at::zeros({2, 4, kHeads, kDepth});
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t query = 0; query < 4; ++query) {
      for (int64_t head = 0; head < kHeads; ++head) {
        for (int64_t d = 0; d < kDepth; ++d) {
          double sum = 0;
          for (int64_t level = 0; level < 2; ++level) {
            auto [height, width] = levels[size_t(level)];
            Tensor map = value[b]
                             .narrow(0, level == 0 ? 0 : 6, height * width)
                             .select(1, head)
                             .select(1, d)
                             .view({height, width});
            for (int64_t point = 0; point < kPoints; ++point) {
              Tensor place = locations[b][query][head][level][point];
              sum += weights[b][query][head][level][point].item<double>() *
                     sample(map, place[0].item<double>() * double(width) - 0.5,
                            place[1].item<double>() * double(height) - 0.5);
            }
          }
          expected[b][query][head][d] = sum;
        }
      }
    }
  }
  expect_close(output, expected.flatten(2));
}

TEST(DeformableAttention, SamplesEveryTokensOwnPlaceWhenOffsetsAreZero) {
  constexpr int64_t kChannels = 8;
  DeformableAttention attention(kChannels, 2, 1, 4);
  fill(attention, 1);
  {
    c10::NoGradGuard no_gradient;
    attention.named_parameters()["sampling_offsets.weight"].zero_();
    attention.named_parameters()["sampling_offsets.bias"].zero_();
  }
  auto p = attention.named_parameters();
  Tensor tokens = normal({2, 12, kChannels}, 2);
  Tensor value = at::linear(tokens, p["value_proj.weight"], p["value_proj.bias"]);
  expect_close(attention.forward(normal({2, 12, kChannels}, 3), tokens, {{3, 4}}),
               at::linear(value, p["output_proj.weight"], p["output_proj.bias"]));
}

TEST(DeformableAttention, RefusesTokensThatAreNotThoseOfItsMaps) {
  DeformableAttention attention(8, 2, 1, 4);
  Tensor tokens = normal({1, 12, 8}, 1);
  EXPECT_THROW(attention.forward(tokens, tokens, {{3, 5}}), Error);
  EXPECT_THROW(attention.forward(tokens, tokens, {{3, 2}, {3, 2}}), Error);
}

TEST(SinePosition, IsDetrsCode) {
  Tensor code = sine_position(8, 3, 5);
  ASSERT_EQ(code.sizes(), (std::vector<int64_t>{8, 3, 5}));
  double two_pi = 2 * std::acos(-1.0), y = 2 / (3 + 1e-6) * two_pi, x = 5 / (5 + 1e-6) * two_pi;
  double expected[] = {std::sin(y), std::cos(y), std::sin(y / 100), std::cos(y / 100),
                       std::sin(x), std::cos(x), std::sin(x / 100), std::cos(x / 100)};
  for (int64_t i = 0; i < 8; ++i) EXPECT_NEAR(code[i][1][4].item<double>(), expected[i], 2e-6);
}
