// Operators at the sizes of a 384x640 frame of MinVIS with a ResNet-50: plain against packed, one
// thread, CPU time, the smallest of several repetitions. `unit_y` is the yardstick: an eager
// float32 forward of that ResNet's convolutions, norms and ReLUs.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/ops/attention.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/deformable_attention.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ops/norm.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "kernels/kernels.h"

using namespace clipwork;
using Norm = ConvOptions::Norm;

namespace {

const std::vector<Size> kLevels = {{12, 20}, {24, 40}, {48, 80}};
constexpr int64_t kTokens = 5040, kChannels = 256, kHeads = 8, kQueries = 100;

Tensor normal(at::IntArrayRef shape) {
  return at::randn(shape, at::detail::createCPUGenerator(1), at::kFloat);
}
Tensor map(int64_t channels, int64_t height, int64_t width) {
  return normal({1, channels, height, width}).contiguous(at::MemoryFormat::ChannelsLast);
}

template <class Module, class... Arguments>
std::shared_ptr<Module> make(bool plain, Arguments&&... arguments) {
  auto module = std::make_shared<Module>(std::forward<Arguments>(arguments)...);
  c10::NoGradGuard no_gradient;
  for (Tensor& parameter : module->parameters()) {
    double fan = double(parameter.numel() / parameter.size(0));
    parameter.copy_(normal(parameter.sizes()) / std::sqrt(fan));
  }
  prepare_ops(*module, {.plain = plain});
  return module;
}

void time(const std::string& name, const std::function<std::function<void()>()>& set_up) {
  auto* timed = benchmark::RegisterBenchmark(name.c_str(), [set_up](benchmark::State& state) {
    c10::InferenceMode mode;
    auto body = set_up();
    body();
    for (auto _ : state) body();
  });
  timed->Unit(benchmark::kMillisecond)
      ->Repetitions(5)
      ->MinTime(0.05)
      ->ReportAggregatesOnly()
      ->ComputeStatistics("min", [](const std::vector<double>& times) {
        return *std::min_element(times.begin(), times.end());
      });
}

// `set_up(plain)` gives the body to be timed.
void compare(const std::string& name,
             const std::function<std::function<void()>(bool plain)>& set_up) {
  time(name + "/plain", [set_up] { return set_up(true); });
  time(name + "/packed", [set_up] { return set_up(false); });
}

void compare_conv(const std::string& name, const ConvOptions& options, int64_t height,
                  int64_t width, bool residual = false) {
  compare("conv " + name, [=](bool plain) {
    auto conv = make<Conv>(plain, options);
    Tensor input = map(options.in, height, width);
    Tensor other = map(options.out, height / options.stride, width / options.stride);
    return [=] { residual ? conv->forward(input, other, /*consume=*/true) : conv->forward(input); };
  });
}

// A bottleneck block of a ResNet.
struct Block {
  std::shared_ptr<Conv> first, second, third, shortcut;

  Block(bool plain, int64_t in, int64_t inner, int64_t stride) {
    auto conv = [&](int64_t from, int64_t to, int64_t kernel, int64_t step, Activation activation) {
      return make<Conv>(plain, ConvOptions{.in = from,
                                           .out = to,
                                           .kernel = kernel,
                                           .stride = step,
                                           .padding = kernel / 2,
                                           .norm = Norm::frozen_batch,
                                           .activation = activation});
    };
    first = conv(in, inner, 1, 1, Activation::relu);
    second = conv(inner, inner, 3, stride, Activation::relu);
    third = conv(inner, 4 * inner, 1, 1, Activation::relu);
    if (in != 4 * inner) shortcut = conv(in, 4 * inner, 1, stride, Activation::none);
  }
  Tensor forward(const Tensor& x) const {
    return third->forward(second->forward(first->forward(x)), shortcut ? shortcut->forward(x) : x,
                          /*consume=*/true);
  }
};

std::function<void()> resnet50(bool plain, const Tensor& input) {
  auto stem = make<Conv>(plain, ConvOptions{.in = 3,
                                            .out = 64,
                                            .kernel = 7,
                                            .stride = 2,
                                            .padding = 3,
                                            .norm = Norm::frozen_batch,
                                            .activation = Activation::relu});
  std::vector<Block> blocks;
  int64_t channels = 64, depths[] = {3, 4, 6, 3};
  for (int64_t stage = 0; stage < 4; ++stage) {
    for (int64_t i = 0; i < depths[stage]; ++i) {
      blocks.emplace_back(plain, channels, int64_t{64} << stage, i == 0 && stage > 0 ? 2 : 1);
      channels = int64_t{256} << stage;
    }
  }
  return [=] {
    Tensor x = at::max_pool2d(stem->forward(input), 3, 2, 1);
    for (const Block& block : blocks) x = block.forward(x);
  };
}

void register_all() {
  time("unit_y", [] { return resnet50(true, normal({1, 3, 384, 640})); });
  time("resnet50/packed", [] { return resnet50(false, map(3, 384, 640)); });

  ConvOptions square{.in = 256,
                     .out = 256,
                     .kernel = 3,
                     .padding = 1,
                     .norm = Norm::group,
                     .activation = Activation::relu};
  compare_conv("3x3 256 at 1/4, group norm", square, 96, 160);
  ConvOptions lateral{.in = 256, .out = 256, .norm = Norm::group};
  compare_conv("1x1 256 at 1/4, group norm", lateral, 96, 160);
  ConvOptions last{
      .in = 64, .out = 256, .norm = Norm::frozen_batch, .activation = Activation::relu};
  compare_conv("1x1 64 to 256 at 1/4, residual", last, 96, 160, true);

  auto compare_linear = [](const std::string& name, int64_t rows, int64_t in, int64_t out,
                           Activation activation) {
    compare("linear " + name, [=](bool plain) {
      auto linear = make<Linear>(plain, in, out, true, activation);
      Tensor input = normal({1, rows, in});
      return [=] { linear->forward(input); };
    });
  };
  compare_linear("5040 x 256 to 256", kTokens, 256, 256, Activation::none);
  compare_linear("5040 x 256 to 1024, relu", kTokens, 256, 1024, Activation::relu);
  compare_linear("5040 x 1024 to 256", kTokens, 1024, 256, Activation::none);
  compare_linear("100 x 256 to 2048, relu", kQueries, 256, 2048, Activation::relu);

  compare("group norm 256 at 1/4", [](bool plain) {
    auto norm = make<GroupNorm>(plain, 32, kChannels);
    Tensor input = map(kChannels, 96, 160);
    return [=] { norm->forward(input, /*relu=*/true); };
  });
  compare("add, norm, add position, 5040 tokens", [](bool plain) {
    auto norm = make<AddNorm>(plain, kChannels);
    Tensor x = normal({1, kTokens, kChannels}), position = normal({kTokens, kChannels});
    return [=] { norm->forward(x, x, position); };
  });

  for (int64_t keys : {240, 960, 3840}) {
    compare("masked attention 100 x " + std::to_string(keys), [keys](bool plain) {
      Tensor q = normal({1, kQueries, kChannels});
      Tensor k = normal({1, keys, kChannels}), v = normal({1, keys, kChannels});
      Tensor closed =
          at::rand({1, kQueries, keys}, at::detail::createCPUGenerator(2), at::kFloat) < 0.7;
      auto* attention = plain ? attention_plain : attention_fast;
      return [=] { attention(q, k, v, kHeads, closed); };
    });
  }
  compare("attention module 100 x 3840", [](bool plain) {
    auto attention = make<Attention>(plain, kChannels, kHeads);
    Tensor q = normal({1, kQueries, kChannels}), k = normal({1, 3840, kChannels});
    return [=] { attention->forward(q, k, k); };
  });

  compare("deformable attention, 5040 tokens", [](bool plain) {
    auto attention = make<DeformableAttention>(plain, kChannels, kHeads, 3, 4);
    Tensor tokens = normal({1, kTokens, kChannels});
    return [=] { attention->forward(tokens, tokens, kLevels); };
  });
  compare("deformable sampling by locations", [](bool plain) {
    Tensor value = normal({1, kTokens, kHeads, 32});
    Tensor locations = normal({1, kTokens, kHeads, 3, 4, 2}) * 0.3 + 0.5;
    Tensor weights = normal({1, kTokens, kHeads, 3, 4});
    auto* sample = plain ? deformable_sample_plain : deformable_sample;
    return [=] { sample(value, kLevels, locations, weights); };
  });
  for (int variant = 0; const Kernels* variant_kernels = kernels(variant); ++variant) {
    time(std::string("deformable sampling kernel/") + variant_kernels->name, [=] {
      Tensor value = normal({kTokens, kHeads, 32}), out = normal({kTokens, kChannels});
      // Trained offsets are a few positions long.
      Tensor raw = normal({kTokens, kHeads, 3, 12}) * 2;
      auto maps = std::make_shared<std::vector<SampledMap>>();
      for (int64_t first = 0; const Size& level : kLevels) {
        maps->push_back({level.height, level.width, first});
        first += level.height * level.width;
      }
      return [=]() mutable {
        SampledMaps sampled{value.const_data_ptr<float>(), maps->data(), 3, 4, kHeads, 32};
        variant_kernels->sample_around(sampled, raw.const_data_ptr<float>(),
                                       out.mutable_data_ptr<float>(), 0, kTokens);
      };
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  at::init_num_threads();
  at::set_num_threads(1);
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
