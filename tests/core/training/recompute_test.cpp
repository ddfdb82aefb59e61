// Components that are called again in the backward pass: nothing but memory may differ.

#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/config.h>
#include <clipwork/host/learner.h>
#include <clipwork/host/registry.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "no_parameters.h"
#include "support.h"
#include "training/autocast.h"
#include "training/recompute.h"

using namespace clipwork;
using at::Tensor;
using test::NoParameters;

namespace {

int backbone_calls = 0, pixel_decoder_calls = 0;

ConvOptions conv(int64_t in, int64_t out, ConvOptions::Norm norm) {
  ConvOptions options;
  options.in = in;
  options.out = out;
  options.kernel = 3;
  options.padding = 1;
  options.norm = norm;
  return options;
}

/// Two convolutions with statistics that follow the batch, and branches dropped by chance. Of its
/// maps one is used by all, one by nobody, and one has no gradient.
struct Chancy : Backbone {
  using Parameters = NoParameters;
  struct Network : torch::nn::Module {
    Network() {
      first = make_child<Conv>(*this, "first", conv(3, 8, ConvOptions::Norm::batch));
      second = make_child<Conv>(*this, "second", conv(8, 8, ConvOptions::Norm::batch));
    }
    std::shared_ptr<Conv> first, second;
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.maps = {{"low", 8, 1}, {"high", 8, 1}, {"unused", 8, 1}, {"constant", 3, 1}};
    return contract;
  }
  Chancy(const Parameters&, const Given&) {}
  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return {"backbone.", {}, {}}; }
  std::vector<FeatureMap> forward(const Tensor& pictures, Context& context) override {
    ++backbone_calls;
    Tensor low = tap(network_->first->forward(pictures), "low");
    Tensor draw = at::rand({low.size(0), 1, 1, 1}, context.random("drop_path"), at::kFloat);
    Tensor high = low + network_->second->forward(low) * draw.ge(0.5);
    return {{"low", 1, low}, {"high", 1, high}, {"unused", 1, high * 2}, {"constant", 1, pictures}};
  }
  std::shared_ptr<Network> network_ = std::make_shared<Network>();
};

/// A convolution with a group norm, which rounds otherwise where there are no gradients.
struct Mixed : PixelDecoder {
  using Parameters = NoParameters;
  struct Network : torch::nn::Module {
    Network() { mix = make_child<Conv>(*this, "mix", conv(8, 32, ConvOptions::Norm::group)); }
    std::shared_ptr<Conv> mix;
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.maps = {{"mixed", 32, 1}};
    return contract;
  }
  Mixed(const Parameters&, const Given&) {}
  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return {"pixel_decoder.", {}, {}}; }
  std::vector<FeatureMap> forward(const std::vector<FeatureMap>& maps) override {
    ++pixel_decoder_calls;
    EXPECT_EQ(maps.size(), 4u);
    EXPECT_EQ(maps[1].name, "high");
    return {{"mixed", 1, network_->mix->forward(maps[0].value + maps[1].value.square())}};
  }
  std::shared_ptr<Network> network_ = std::make_shared<Network>();
};

/// Embeddings [B, 1, 1] from the maps, without weights of its own.
struct Sums : Decoder {
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"map:high"};
    contract.gives = {"start.queries", "embeddings", "masks"};
    return contract;
  }
  Sums(const Parameters&, const Given&) {}
  FrameMemo encode(const FrameFeatures& features, Context&) override {
    EXPECT_FALSE(features.at("constant").value.requires_grad());
    const FeatureMap* mixed = features.find("mixed");
    Tensor value = features.at("high").value.sin().flatten(1).sum(1);
    if (mixed) value = value + mixed->value.pow(3).flatten(1).sum(1);
    FrameMemo memo;
    memo.tensors.set("value", value);
    return memo;
  }
  Tensors start(int64_t batch) override {
    Tensors start;
    start.set("queries", at::zeros({batch, 1, 1}));
    return start;
  }
  ClipPrediction decode(const Window& window, const Tensors&, State&, Context&) override {
    ClipPrediction prediction;
    for (const FrameMemo& memo : window.memos) {
      Tensor value = memo.tensors.at("value").view({-1, 1, 1});
      prediction.embeddings =
          prediction.embeddings.defined() ? prediction.embeddings + value : value;
    }
    prediction.class_scores = at::zeros({prediction.embeddings.size(0), 1, 3});
    return prediction;
  }
};

struct NoTracker : Tracker {
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) { return {}; }
  NoTracker(const Parameters&, const Given&) {}
  Tracked track(ClipPrediction prediction, const Window& window, State&, Context&) override {
    return {window.first, std::move(prediction), {}, {}};
  }
};

struct Sum : Loss {
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Sum(const Parameters&, const Given&) {}
  LossResult operator()(const Sequence& sequence, std::span<const Targets>,
                        Context& context) override {
    // What is drawn after the backbone must not depend on whether that is called again.
    drawn = at::rand({1}, context.random("drop_path"), at::kFloat).item<float>();
    LossResult result;
    result.terms.push_back({"loss_sum", sequence.clips.back().prediction->embeddings.sum(), 1});
    return result;
  }
  static inline float drawn = 0;
};

using Settings = std::vector<std::pair<std::string, Value>>;

std::unique_ptr<Pipeline> pipeline_with(const Settings& settings, bool has_pixel_decoder = true) {
  static const bool done = [] {
    Registry::instance().add_builtin("again", [](Registrar& registry) {
      registry.add<Chancy>("chancy", "convolutions and chance");
      registry.add<Mixed>("mixed", "a convolution with a group norm");
      registry.add<Sums>("sums", "sums of maps");
      registry.add<NoTracker>("no_tracker", "links nothing");
      registry.add<Sum>("sum", "the sum of embeddings");
    });
    return true;
  }();
  (void)done;
  Value tree = parse_config(R"(
[classes]
names = ["a", "b"]
[preprocess]
mean = [100, 120, 110]
deviation = [50, 60, 55]
divisor = 1
[window]
length = "video"
[model.backbone]
type = "again/chancy"
[model.pixel_decoder]
type = "again/mixed"
[model.decoder]
type = "again/sums"
[model.tracker]
type = "again/no_tracker"
[loss]
type = "again/sum"
)")
                   .tree();
  for (const auto& [path, value] : settings) {
    tree.set(path, value);
  }
  if (!has_pixel_decoder) {
    Value model = *tree.find("model");
    model.erase("pixel_decoder");
    tree.set("model", std::move(model));
  }
  backbone_calls = pixel_decoder_calls = 0;
  return std::make_unique<Pipeline>(
      Pipeline::for_training(plan_pipeline(Config(tree, {})), WeightRule()));
}

Batch batch_of_one() {
  Sample sample;
  sample.frames = at::arange(4 * 3 * 12 * 12, at::kLong)
                      .mul(37)
                      .remainder(251)
                      .to(at::kByte)
                      .view({4, 3, 12, 12});
  sample.targets.labels = at::zeros({0}, at::kLong);
  sample.targets.ids = at::zeros({0, 4}, at::kLong);
  sample.targets.masks = at::zeros({0, 4, 12, 12}, at::kBool);
  Preprocess settings;
  settings.mean = {100, 120, 110};
  settings.deviation = {50, 60, 55};
  settings.divisor = 1;
  return make_batch({sample}, settings, 2);
}

/// What two steps without an optimiser leave: gradients add up.
struct Outcome {
  std::vector<double> losses;
  float drawn = 0;  ///< by the loss, after the last step's backbone
  std::vector<std::pair<std::string, Tensor>> values;  ///< gradients and buffers
};

Outcome train(const Settings& settings, bool reduced = false) {
  auto pipeline = pipeline_with(settings);
  Learner learner(*pipeline);
  Communicator world;
  Outcome outcome;
  for (uint64_t step = 0; step < 2; ++step) {
    Generators random(7 + step);
    at::rand({3}, random("drop_path"), at::kFloat);  // used before
    Tensor total;
    {
      Autocast autocast(at::kCPU, reduced);
      total = learner(batch_of_one(), random, world).total();
    }
    total.backward();
    outcome.losses.push_back(total.item<double>());
    outcome.drawn = Sum::drawn;
  }
  for (const PipelineComponent& part : pipeline->components()) {
    for (NamedParameter& one : named_parameters(*part.component)) {
      Tensor value = one.buffer ? one.value : one.value.grad();
      outcome.values.emplace_back(one.name, value.defined() ? value.clone() : value);
    }
  }
  return outcome;
}

void expect_same(const Outcome& plain, const Outcome& again) {
  EXPECT_EQ(plain.losses, again.losses);
  EXPECT_EQ(plain.drawn, again.drawn);
  ASSERT_EQ(plain.values.size(), again.values.size());
  for (size_t i = 0; i < plain.values.size(); ++i) {
    const auto& [name, value] = plain.values[i];
    ASSERT_EQ(value.defined(), again.values[i].second.defined()) << name;
    if (value.defined()) {
      EXPECT_TRUE(value.equal(again.values[i].second)) << name;
    }
  }
}

/// Pictures one by one round otherwise.
void expect_close(const Outcome& plain, const Outcome& again) {
  constexpr double kTolerance = 1e-4;
  ASSERT_EQ(plain.losses.size(), again.losses.size());
  for (size_t i = 0; i < plain.losses.size(); ++i) {
    EXPECT_NEAR(plain.losses[i], again.losses[i], kTolerance * std::abs(plain.losses[i]));
  }
  EXPECT_EQ(plain.drawn, again.drawn);
  ASSERT_EQ(plain.values.size(), again.values.size());
  for (size_t i = 0; i < plain.values.size(); ++i) {
    const auto& [name, value] = plain.values[i];
    ASSERT_EQ(value.defined(), again.values[i].second.defined()) << name;
    if (!value.defined()) continue;
    const double scale = value.abs().max().item<double>();
    EXPECT_LE((value - again.values[i].second).abs().max().item<double>(), kTolerance * scale)
        << name;
  }
}

Value places(std::vector<std::string> names) {
  return Value(Value::Array(names.begin(), names.end()));
}

}  // namespace

TEST(Recompute, GivesTheSameLossesGradientsDrawsAndStatistics) {
  const Outcome plain = train({});
  EXPECT_EQ(backbone_calls, 2);
  // Two steps that count their batches once each, and whose gradients are not nothing.
  for (const auto& [name, value] : plain.values) {
    if (name.ends_with("num_batches_tracked")) {
      EXPECT_EQ(value.item<int64_t>(), 2) << name;
    } else if (name.ends_with("weight")) {
      EXPECT_GT(value.abs().sum().item<double>(), 0) << name;
    }
  }
  expect_same(plain, train({{"train.recompute", places({"backbone"})}}));
  EXPECT_EQ(backbone_calls, 4);
  EXPECT_EQ(pixel_decoder_calls, 2);
  // Four pictures, forward and again, in each of two steps.
  expect_close(plain, train({{"train.recompute", places({"pixel_decoder"})}}));
  EXPECT_EQ(backbone_calls, 2);
  EXPECT_EQ(pixel_decoder_calls, 16);
  expect_close(plain, train({{"train.recompute", places({"backbone", "pixel_decoder"})}}));
  EXPECT_EQ(backbone_calls, 4);
  EXPECT_EQ(pixel_decoder_calls, 16);
}

TEST(Recompute, WorksInThePrecisionOfTheFirstPass) {
  const Outcome plain = train({}, true);
  EXPECT_NE(plain.losses, train({}).losses);
  expect_same(plain, train({{"train.recompute", places({"backbone"})}}, true));
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST(Recompute, LeavesAFrozenComponentAloneAndLetsGradientsThroughIt) {
  const Settings frozen = {{"train.freeze", places({"^pixel_decoder"})}};
  Settings again = frozen;
  again.emplace_back("train.recompute", places({"backbone", "pixel_decoder"}));
  const Outcome plain = train(frozen);
  expect_same(plain, train(again));
  EXPECT_EQ(backbone_calls, 4);
  EXPECT_EQ(pixel_decoder_calls, 2);
}

TEST(Recompute, FollowsTrainedParametersBehindFrozenOnes) {
  const Settings frozen = {{"train.freeze", places({"^backbone\\.first"})}};
  Settings again = frozen;
  again.emplace_back("train.recompute", places({"backbone", "pixel_decoder"}));
  const Outcome plain = train(frozen);
  expect_close(plain, train(again));
  EXPECT_EQ(backbone_calls, 4);
}

TEST(Recompute, AListenerHearsAStageOnce) {
  struct Counter : TapListener {
    bool wants(const std::string& name) override { return name == "low"; }
    Tensor hear(const std::string&, Tensor value) override {
      ++heard;
      return value * 0.5;
    }
    int heard = 0;
  };
  auto gradient = [](const Settings& settings) {
    auto pipeline = pipeline_with(settings);
    Learner learner(*pipeline);
    Communicator world;
    Generators random(7);
    Counter counter;
    learner(batch_of_one(), random, world, &counter).total().backward();
    EXPECT_EQ(counter.heard, 1);
    return learner.parameters().front().value.grad();
  };
  Tensor plain = gradient({});
  EXPECT_TRUE(plain.equal(gradient({{"train.recompute", places({"backbone"})}})));
}

namespace {

/// Bytes that this thread's tensors hold.
struct Held : c10::MemoryReportingInfoBase {
  void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override {
    bytes += size;
    most = std::max(most, bytes);
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t bytes = 0, most = 0;
};

}  // namespace

TEST(Recompute, KeepsOnlyWhatGoesIntoAComponentAndOutOfIt) {
  auto held_between_the_passes = [](const Settings& settings) {
    auto pipeline = pipeline_with(settings);
    Learner learner(*pipeline);
    const Batch batch = batch_of_one();
    Communicator world;
    Generators random(7);
    auto held = std::make_shared<Held>();
    c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, held);
    LossResult result = learner(batch, random, world);
    return held->bytes;
  };
  const int64_t plain = held_between_the_passes({});
  const int64_t backbone = held_between_the_passes({{"train.recompute", places({"backbone"})}});
  const int64_t both =
      held_between_the_passes({{"train.recompute", places({"backbone", "pixel_decoder"})}});
  RecordProperty("plain", static_cast<int>(plain));
  RecordProperty("both", static_cast<int>(both));
  // A map of 4 frames of 8 channels. Of the backbone, the convolutions' own results are not kept;
  // of the pixel decoder, what goes into convolution (1) and norm (4), but two of its inputs are
  // that nothing else keeps.
  const int64_t map = 4 * 8 * 12 * 12 * static_cast<int64_t>(sizeof(float));
  EXPECT_LE(backbone, plain - 2 * map) << plain;
  EXPECT_LE(both, backbone - 3 * map) << backbone;
}

TEST(Recompute, HoldsTheActivationsOfOnePicture) {
  auto pipeline = pipeline_with({});
  std::shared_ptr<PixelDecoder> decoder;
  for (const PipelineComponent& part : pipeline->components()) {
    if (part.place == "model.pixel_decoder") {
      decoder = std::dynamic_pointer_cast<PixelDecoder>(part.component);
    }
  }
  const int64_t pictures = 16;
  const MapsCall maps_of = [&](const std::vector<Tensor>& inputs, Context&) {
    return decoder->forward({{"low", 1, inputs[0]},
                             {"high", 1, inputs[1]},
                             {"unused", 1, inputs[0]},
                             {"constant", 1, inputs[0]}});
  };
  auto most_bytes = [&](bool again) {
    Generators random(7);
    Communicator world;
    Context context{true, random, world};
    const std::vector<Tensor> inputs = {at::rand({pictures, 8, 12, 12}).requires_grad_(),
                                        at::rand({pictures, 8, 12, 12}).requires_grad_()};
    auto held = std::make_shared<Held>();
    c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, held);
    std::vector<FeatureMap> maps =
        again ? recomputed(*decoder, maps_of, inputs, context) : maps_of(inputs, context);
    maps[0].value.sum().backward();
    return held->most;
  };
  const int64_t plain = most_bytes(false), again = most_bytes(true);
  EXPECT_LT(again, plain * 6 / 10) << plain;
}

TEST(Recompute, RefusesPlacesThatAreNotThere) {
  auto refused = [](const char* place, bool has_pixel_decoder) -> std::string {
    try {
      pipeline_with({{"train.recompute", places({place})}}, has_pixel_decoder);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const std::string unknown = refused("backbon", true);
  EXPECT_NE(unknown.find("did you mean 'backbone'?"), std::string::npos) << unknown;
  const std::string none = refused("pixel_decoder", false);
  EXPECT_NE(none.find("the model has none"), std::string::npos) << none;
  EXPECT_EQ(refused("backbone", false), "");
}
