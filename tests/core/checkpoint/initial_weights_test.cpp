// Where training starts from, where no checkpoint says.

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/config.h>
#include <clipwork/host/initial_weights.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/models/mask2former_layers.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/linear.h>

#include <cmath>
#include <map>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

std::map<std::string, at::Tensor> start_of(const std::string& config, uint64_t seed) {
  use_built_plugins();
  const Pipeline pipeline = Pipeline::for_inspection(
      plan_pipeline(load_config((source_dir() / "configs" / config).string())));
  std::vector<Component*> components;
  for (const PipelineComponent& part : pipeline.components()) {
    components.push_back(part.component.get());
  }
  fill_initial(components, seed);
  std::map<std::string, at::Tensor> values;
  for (Component* component : components) {
    for (const NamedParameter& one : named_parameters(*component)) {
      values[one.name] = one.value.clone();
    }
  }
  return values;
}

constexpr const char* kPixels = "sem_seg_head.pixel_decoder.transformer.encoder.layers.0.";
constexpr const char* kQueries = "sem_seg_head.predictor.";

struct Network : torch::nn::Module {
  Network() {
    ConvOptions options;
    options.in = 8;
    options.out = 400;
    options.kernel = 3;
    options.norm = ConvOptions::Norm::batch;
    make_child<Conv>(*this, "conv", options);
    make_child<Linear>(*this, "head", 100, 300);
    make_table(*this, "query", 100, 40);
  }
};

struct Owner : Component {
  std::shared_ptr<Network> network = std::make_shared<Network>();
  torch::nn::Module* weights() override { return network.get(); }
  Tensor operator[](const std::string& name) {
    for (NamedParameter& one : named_parameters(*this)) {
      if (one.name == name) return one.value.detach();
    }
    throw Error("no " + name);
  }
};

}  // namespace

TEST(InitialWeights, ScaleMatricesByTheirSidesAndConvolutionsByTheirInputs) {
  auto values = start_of("minvis/tiny.toml", 1);
  at::Tensor matrix = values.at(std::string(kPixels) + "linear1.weight");
  double expected = std::sqrt(2.0 / static_cast<double>(matrix.size(0) + matrix.size(1)));
  EXPECT_NEAR(matrix.std().item<double>(), expected, 0.05 * expected);
  EXPECT_NEAR(matrix.mean().item<double>(), 0, 0.05 * expected);
  at::Tensor kernel = values.at("backbone.res5.0.conv2.weight");
  expected = std::sqrt(2.0 / static_cast<double>(kernel[0].numel()));
  EXPECT_NEAR(kernel.std().item<double>(), expected, 0.05 * expected);
  EXPECT_EQ(values.at(std::string(kPixels) + "linear1.bias").abs().max().item<float>(), 0);
  EXPECT_TRUE(values.at(std::string(kPixels) + "norm1.weight").eq(1).all().item<bool>());
  EXPECT_TRUE(values.at("backbone.res2.0.conv1.norm.running_var").eq(1).all().item<bool>());
  EXPECT_TRUE(values.at("backbone.res2.0.conv1.norm.weight").eq(1).all().item<bool>());
  EXPECT_NEAR(values.at(std::string(kQueries) + "query_feat.weight").std().item<double>(), 1, 0.1);
}

TEST(InitialWeights, LetHeadsLookInDifferentDirections) {
  auto values = start_of("minvis/tiny.toml", 1);
  at::Tensor offsets =
      values.at(std::string(kPixels) + "self_attn.sampling_offsets.bias").view({8, -1, 4, 2});
  EXPECT_EQ(values.at(std::string(kPixels) + "self_attn.sampling_offsets.weight")
                .abs()
                .max()
                .item<float>(),
            0);
  // Head 0 looks to the right, head 2 down; the fourth point lies four pixels away.
  EXPECT_TRUE(at::allclose(offsets[0][0][0], at::tensor({1.0f, 0.0f}), 0, 1e-6));
  EXPECT_TRUE(at::allclose(offsets[2][1][3], at::tensor({0.0f, 4.0f}), 0, 1e-6));
  EXPECT_TRUE(at::allclose(offsets[1][2][1], at::tensor({2.0f, 2.0f}), 0, 1e-6));
}

TEST(InitialWeights, StartADetectorWithRareObjects) {
  auto values = start_of("iai/tiny.toml", 1);
  EXPECT_NEAR(values.at("bbox_head.conv_cls.bias").sigmoid().max().item<double>(), 0.01, 1e-6);
  EXPECT_EQ(values.at("bbox_head.scales.2.scale").item<float>(), 1);
}

TEST(InitialWeights, DependOnTheSeedAndTheParametersNameAlone) {
  auto small = start_of("minvis/tiny.toml", 1), again = start_of("novis/tiny.toml", 1);
  auto other = start_of("minvis/tiny.toml", 2);
  const char* name = "backbone.res3.1.conv2.weight";
  EXPECT_TRUE(small.at(name).equal(again.at(name)));
  EXPECT_FALSE(small.at(name).equal(other.at(name)));
}

TEST(InitialWeights, HaveTheVariancesThatLearningStartsWellFrom) {
  Owner owner;
  fill_initial({&owner}, 1);
  auto variance = [&](const char* name) {
    return owner[name].to(at::kDouble).pow(2).mean().item<double>();
  };
  EXPECT_NEAR(variance("conv.weight"), 2.0 / 72, 0.05 * 2 / 72);
  EXPECT_NEAR(variance("head.weight"), 2.0 / 400, 0.05 * 2 / 400);
  EXPECT_NEAR(variance("query.weight"), 1, 0.05);
  EXPECT_TRUE(at::equal(owner["conv.norm.weight"], at::ones({400})));
  EXPECT_TRUE(at::equal(owner["conv.norm.running_var"], at::ones({400})));
  EXPECT_TRUE(at::equal(owner["conv.norm.bias"], at::zeros({400})));
  EXPECT_TRUE(at::equal(owner["head.bias"], at::zeros({300})));
  Owner other;
  fill_initial({&other}, 2);
  EXPECT_FALSE(at::equal(owner["head.weight"], other["head.weight"]));
}

TEST(InitialWeights, BeginIdsAndClassesAtTheSameSmallProbability) {
  int found = 0;
  for (const auto& [name, value] : start_of("iai/tiny.toml", 1)) {
    if (!name.ends_with("conv_cls.bias") && !name.ends_with("conv_id.bias")) continue;
    ++found;
    EXPECT_TRUE(at::allclose(value, at::full_like(value, -std::log(99.0)))) << name;
  }
  EXPECT_EQ(found, 2);
}
