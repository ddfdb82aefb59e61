// Every operator with a packed form, in one table: packed equals plain but for rounding, in every
// size, also after the weights changed; and where gradients are recorded the plain form runs.

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/ops/attention.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/deformable_attention.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ops/norm.h>
#include <sys/resource.h>

#include <functional>
#include <memory>

#include "ops_support.h"

using namespace clipwork;
using namespace clipwork::test;
using Norm = ConvOptions::Norm;

namespace {

struct OpCase {
  std::string name;
  std::shared_ptr<torch::nn::Module> module;
  // The outputs for inputs of this size (an index of kMaps), made from the seed.
  std::function<std::vector<Tensor>(int size, uint64_t seed)> run;
};

template <class Module, class Run>
OpCase op_case(std::string name, std::shared_ptr<Module> module, Run run) {
  return {std::move(name), module,
          [module, run](int size, uint64_t seed) { return run(*module, size, seed); }};
}

const std::vector<Size> kMaps = {{6, 10}, {7, 5}, {1, 3}, {33, 40}};
constexpr int kLarge = 3;  // enough work for several threads
Size map_size(int size) { return kMaps[size_t(size)]; }
int64_t batch_size(int size) { return size % kLarge + 1; }

OpCase conv_case(const std::string& name, ConvOptions options, bool with_residual = false,
                 bool consume = false) {
  auto run = [=](Conv& conv, int size, uint64_t seed) {
    auto [height, width] = map_size(size);
    Tensor input = map(batch_size(size), options.in, height, width, seed);
    if (!with_residual) return std::vector<Tensor>{conv.forward(input)};
    auto side = [&](int64_t n) {
      return (n + 2 * options.padding - options.kernel) / options.stride + 1;
    };
    Tensor residual = map(batch_size(size), options.out, side(height), side(width), seed + 1);
    Tensor before = residual.clone();
    Tensor output = conv.forward(input, residual, consume);
    EXPECT_TRUE(consume || residual.equal(before)) << "the residual was written to";
    return std::vector<Tensor>{output};
  };
  return op_case("conv, " + name, std::make_shared<Conv>(options), run);
}

OpCase linear_case(int64_t in, int64_t out, bool bias, Activation activation) {
  return op_case(
      "linear", std::make_shared<Linear>(in, out, bias, activation),
      [in](Linear& linear, int size, uint64_t seed) {
        return std::vector<Tensor>{linear.forward(normal({batch_size(size), 5, in}, seed))};
      });
}

OpCase add_norm_case(int64_t channels) {
  return op_case(
      "add and norm", std::make_shared<AddNorm>(channels),
      [channels](AddNorm& norm, int size, uint64_t seed) {
        int64_t rows = size == kLarge ? 301 : 7;
        Tensor x = normal({batch_size(size), rows, channels}, seed);
        Tensor residual = normal({batch_size(size), rows, channels}, seed + 1) + 3;
        auto [output, placed] = norm.forward(x, residual, normal({rows, channels}, seed + 2));
        auto [again, each] =
            norm.forward(x, residual, normal({batch_size(size), rows, channels}, seed + 3));
        return std::vector<Tensor>{
            norm.forward(x), norm.forward(x, residual), output, placed, again, each};
      });
}

OpCase group_norm_case(int64_t groups, int64_t channels) {
  return op_case("group norm", std::make_shared<GroupNorm>(groups, channels),
                 [channels](GroupNorm& norm, int size, uint64_t seed) {
                   auto [height, width] = map_size(size);
                   Tensor x = map(batch_size(size), channels, height, width, seed) * 2 + 5;
                   return std::vector<Tensor>{norm.forward(x), norm.forward(x, /*relu=*/true),
                                              norm.forward(x.contiguous())};
                 });
}

OpCase attention_case(int64_t channels, int64_t heads) {
  return op_case("attention", std::make_shared<Attention>(channels, heads),
                 [channels](Attention& attention, int size, uint64_t seed) {
                   int64_t batch = batch_size(size), keys = 30 * size + 3;
                   Tensor query = normal({batch, 9, channels}, seed);
                   Tensor key = normal({batch, keys, channels}, seed + 1);
                   Tensor value = normal({batch, keys, channels}, seed + 2);
                   Tensor closed = chance({batch, 9, keys}, 0.7, seed + 3);
                   // At least one key is open to each; the first row sees one alone, the second
                   // all.
                   closed.select(1, 0).fill_(true);
                   closed.select(2, keys - 1).fill_(false);
                   closed.select(1, 1).fill_(false);
                   return std::vector<Tensor>{attention.forward(query, key, value, closed),
                                              attention.forward(query, key, value),
                                              attention.forward(query, query, query)};
                 });
}

OpCase deformable_case(int64_t channels, int64_t heads, int64_t levels, int64_t points) {
  auto attention = std::make_shared<DeformableAttention>(channels, heads, levels, points);
  return op_case("deformable attention", attention,
                 [=](DeformableAttention& module, int size, uint64_t seed) {
                   std::vector<Size> maps;
                   int64_t count = 0;
                   for (int64_t level = 0; level < levels; ++level) {
                     auto [height, width] = map_size(size);
                     maps.push_back({height + level, width + 2 * level});
                     count += maps.back().height * maps.back().width;
                   }
                   // Large queries give offsets that reach far outside.
                   Tensor query = normal({batch_size(size), count, channels}, seed) * 4;
                   Tensor tokens = normal({batch_size(size), count, channels}, seed + 1);
                   return std::vector<Tensor>{module.forward(query, tokens, maps)};
                 });
}

std::vector<OpCase> all_cases() {
  return {
      conv_case("3x3", {.in = 16, .out = 24, .kernel = 3, .padding = 1}),
      conv_case("3x3, stride 2, frozen norm, relu", {.in = 8,
                                                     .out = 16,
                                                     .kernel = 3,
                                                     .stride = 2,
                                                     .padding = 1,
                                                     .norm = Norm::frozen_batch,
                                                     .activation = Activation::relu}),
      conv_case("7x7, stride 2, from colours", {.in = 3,
                                                .out = 16,
                                                .kernel = 7,
                                                .stride = 2,
                                                .padding = 3,
                                                .bias = true,
                                                .norm = Norm::frozen_batch,
                                                .activation = Activation::relu}),
      conv_case("1x1, frozen norm, residual, relu",
                {.in = 16, .out = 64, .norm = Norm::frozen_batch, .activation = Activation::relu},
                true),
      conv_case("1x1, frozen norm, consumed residual, relu",
                {.in = 16, .out = 64, .norm = Norm::frozen_batch, .activation = Activation::relu},
                true, true),
      conv_case("3x3, residual without relu",
                {.in = 8, .out = 12, .kernel = 3, .padding = 1, .bias = true}, true),
      conv_case("3x3, groups", {.in = 16,
                                .out = 32,
                                .kernel = 3,
                                .padding = 1,
                                .groups = 4,
                                .bias = true,
                                .activation = Activation::relu}),
      conv_case("3x3, trained norm", {.in = 8,
                                      .out = 16,
                                      .kernel = 3,
                                      .padding = 1,
                                      .bias = true,
                                      .norm = Norm::batch,
                                      .activation = Activation::relu}),
      conv_case("1x1, group norm", {.in = 16, .out = 64, .bias = true, .norm = Norm::group}),
      conv_case("3x3, group norm, relu", {.in = 16,
                                          .out = 64,
                                          .kernel = 3,
                                          .padding = 1,
                                          .norm = Norm::group,
                                          .activation = Activation::relu}),
      conv_case("3x3, group norm, residual, relu",
                {.in = 16,
                 .out = 64,
                 .kernel = 3,
                 .padding = 1,
                 .norm = Norm::group,
                 .norm_groups = 8,
                 .activation = Activation::relu},
                true),
      linear_case(16, 24, true, Activation::none),
      linear_case(7, 5, false, Activation::relu),
      linear_case(64, 256, true, Activation::relu),
      group_norm_case(32, 64),
      group_norm_case(3, 15),
      add_norm_case(256),
      add_norm_case(19),
      attention_case(64, 8),
      attention_case(12, 2),
      deformable_case(64, 8, 3, 4),
      deformable_case(64, 2, 3, 4),
      deformable_case(96, 2, 1, 1),
      deformable_case(24, 2, 5, 5),
      deformable_case(10, 2, 9, 9),  // more samples than the kernel takes
  };
}

// Plain, then packed, for the inputs of all sizes.
std::vector<Tensor> run_all(const OpCase& op, uint64_t seed) {
  std::vector<Tensor> outputs;
  for (int size : {0, 1, 2, 0}) {
    for (Tensor& output : op.run(size, seed)) outputs.push_back(output);
  }
  return outputs;
}

void prepare(const OpCase& op, bool plain) { prepare_ops(*op.module, {.plain = plain}); }

void expect_all_close(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_LT(difference(actual[i], expected[i]), 5e-6) << "output " << i;
    if (actual[i].dim() != 4) continue;
    EXPECT_EQ(actual[i].suggest_memory_format(), at::MemoryFormat::ChannelsLast) << "output " << i;
  }
}

/// The most main memory that this process has held.
int64_t peak_bytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} << 10;
}

class PackedOps : public ::testing::Test {
 protected:
  // Runs `check` with every operator, filled and in evaluation mode.
  void with_each(const std::function<void(const OpCase&)>& check) {
    for (const OpCase& op : all_cases()) {
      SCOPED_TRACE(op.name);
      fill(*op.module, 1);
      op.module->eval();
      check(op);
    }
  }
};

}  // namespace

TEST_F(PackedOps, EqualThePlainOnesInEverySize) {
  with_each([](const OpCase& op) {
    c10::NoGradGuard no_gradient;
    prepare(op, /*plain=*/true);
    auto expected = run_all(op, 100);
    prepare(op, /*plain=*/false);
    expect_all_close(run_all(op, 100), expected);
    c10::InferenceMode mode;
    expect_all_close(run_all(op, 100), expected);
  });
}

TEST_F(PackedOps, AttentionInPiecesEqualsAttentionAtOnce) {
  // So many keys that queries are taken in several pieces, the last one smaller.
  constexpr int64_t kQueries = 220, kKeys = 20000, kChannels = 16, kHeads = 8;
  Tensor query = normal({1, kQueries, kChannels}, 1) * 3;
  Tensor key = normal({1, kKeys, kChannels}, 2), value = normal({1, kKeys, kChannels}, 3);
  Tensor closed = chance({1, kQueries, kKeys}, 0.5, 4);
  for (const Tensor& mask : {closed, Tensor()}) {
    Tensor expected = attention_plain(query, key, value, kHeads, mask);
    // A mean of thousands of values is small against the values themselves, whose sums round.
    expect_close(attention_lean(query, key, value, kHeads, mask), expected, 1e-5);
    expect_close(attention_fast(query, key, value, kHeads, mask), expected, 1e-5);
  }
}

TEST_F(PackedOps, AttentionOverManyTokensNeverHoldsTheirScores) {
  // All scores of one head, before and after their softmax, would take 1.1 GB.
  constexpr int64_t kTokens = 12000, kLimit = 500 << 20;
  Tensor tokens = normal({1, kTokens, 4}, 5);
  for (auto* attention : {attention_lean, attention_fast}) {
    int64_t before = peak_bytes();
    Tensor output = attention(tokens, tokens, tokens, 1, Tensor());
    EXPECT_LT(peak_bytes() - before, kLimit);
    Tensor some = tokens.narrow(1, 1234, 3);
    expect_close(output.narrow(1, 1234, 3), attention_plain(some, tokens, tokens, 1, Tensor()),
                 1e-5);
  }
}

TEST_F(PackedOps, FollowChangedWeightsWhenPreparedAgain) {
  with_each([](const OpCase& op) {
    c10::NoGradGuard no_gradient;
    prepare(op, /*plain=*/false);
    run_all(op, 100);
    fill(*op.module, 50);
    prepare(op, /*plain=*/true);
    auto expected = run_all(op, 100);
    prepare(op, /*plain=*/false);
    expect_all_close(run_all(op, 100), expected);
  });
}

TEST_F(PackedOps, GiveWayToThePlainOnesWhereGradientsAreRecorded) {
  with_each([](const OpCase& op) {
    auto gradients = [&](bool plain) {
      prepare(op, plain);
      op.module->zero_grad();
      Tensor sum = at::zeros({});
      for (const Tensor& output : op.run(1, 100)) {
        sum = sum + (output * normal(output.sizes(), 7)).sum();
      }
      sum.backward();
      std::vector<Tensor> all;
      for (const Tensor& parameter : op.module->parameters()) all.push_back(parameter.grad());
      return all;
    };
    auto expected = gradients(true), actual = gradients(false);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      ASSERT_TRUE(actual[i].defined());
      EXPECT_LT(difference(actual[i], expected[i]), 2e-5) << "parameter " << i;
    }
  });
}

TEST_F(PackedOps, AreTheSameOnSeveralThreads) {
  int threads = at::get_num_threads();
  with_each([](const OpCase& op) {
    c10::NoGradGuard no_gradient;
    prepare(op, /*plain=*/false);
    at::set_num_threads(1);
    auto expected = op.run(kLarge, 100);
    at::set_num_threads(3);
    expect_all_close(op.run(kLarge, 100), expected);
  });
  at::set_num_threads(threads);
}

TEST_F(PackedOps, LeaveTheParametersAsTheyAre) {
  with_each([](const OpCase& op) {
    c10::NoGradGuard no_gradient;
    std::vector<Tensor> before;
    for (const Tensor& parameter : op.module->parameters()) before.push_back(parameter.clone());
    prepare(op, /*plain=*/false);
    run_all(op, 100);
    auto after = op.module->parameters();
    for (size_t i = 0; i < after.size(); ++i) EXPECT_TRUE(after[i].equal(before[i]));
  });
}
