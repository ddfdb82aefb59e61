#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/optimizer.h>
#include <clipwork/loss.h>
#include <clipwork/models/mask2former_layers.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/norm.h>
#include "training/training_mode.h"

#include <cmath>
#include <limits>
#include <map>

#include "support.h"

using namespace clipwork;
using at::Tensor;

namespace {

struct Network : torch::nn::Module {
  Network() {
    ConvOptions with_norm;
    with_norm.in = with_norm.out = 2;
    with_norm.norm = ConvOptions::Norm::batch;
    make_child<Conv>(*this, "backbone.conv", with_norm);
    make_child<Linear>(*this, "head", 2, 3);
    make_child<AddNorm>(*this, "norm", 3);
    make_table(*this, "query", 2, 3);
    make_parameter(*this, "relative_position_bias_table", {2, 2});
  }
};

struct Owner : Component {
  std::shared_ptr<Network> network = std::make_shared<Network>();
  torch::nn::Module* weights() override { return network.get(); }
  WeightNames weight_names() const override { return {"model.", {}, {}}; }
};

std::map<std::string, TrainedParameter> grouped(const OptimizerSection& section, Owner& owner) {
  std::map<std::string, TrainedParameter> by_name;
  for (TrainedParameter& parameter : group_parameters({&owner}, section)) {
    by_name[parameter.name] = parameter;
  }
  return by_name;
}

}  // namespace

TEST(Parameters, OfNormsAndTablesAreNotDecayed) {
  Owner owner;
  OptimizerSection section;
  section.weight_decay = 0.5;
  section.rate_factors = {{"backbone", 0.1}};
  section.decay_factors = {{"head", 0.2}};
  auto by_name = grouped(section, owner);
  EXPECT_EQ(by_name.size(), 9u);
  EXPECT_EQ(by_name["model.backbone.conv.weight"].weight_decay, 0.5);
  EXPECT_EQ(by_name["model.backbone.conv.weight"].rate_factor, 0.1);
  EXPECT_EQ(by_name["model.head.bias"].weight_decay, 0.5 * 0.2);
  EXPECT_EQ(by_name["model.head.bias"].rate_factor, 1);
  for (const char* name : {"backbone.conv.norm.weight", "backbone.conv.norm.bias", "norm.weight",
                           "norm.bias", "query.weight", "relative_position_bias_table"}) {
    EXPECT_EQ(by_name.at(cat("model.", name)).weight_decay, 0) << name;
  }
  section.decay_norms = section.decay_tables = true;
  section.no_decay = {};
  for (const auto& [name, parameter] : grouped(section, owner)) {
    EXPECT_GT(parameter.weight_decay, 0) << name;
  }
}

TEST(Parameters, ThatAreFrozenTakeNoPart) {
  Owner owner;
  TrainSection section;
  section.freeze = {"^model\\.backbone"};
  section.evaluate = {"backbone\\.conv$", "backbone\\.conv\\.norm"};
  set_training({&owner}, section);
  EXPECT_EQ(grouped({}, owner).size(), 6u);
  EXPECT_FALSE(owner.network->named_modules()["backbone.conv.norm"]->is_training());
  EXPECT_TRUE(owner.network->named_modules()["norm"]->is_training());
  section.only = {"head"};
  set_training({&owner}, section);
  EXPECT_EQ(grouped({}, owner).size(), 2u);
}

TEST(Parameters, ThatNoPatternFindsAreAFault) {
  Owner owner;
  OptimizerSection section;
  section.rate_factors = {{"bakbone", 0.1}};
  EXPECT_THROW(grouped(section, owner), InputError);
  TrainSection frozen;
  frozen.freeze = {"nothing"};
  EXPECT_THROW(set_training({&owner}, frozen), InputError);
  frozen.freeze = {"(unclosed"};
  EXPECT_THROW(set_training({&owner}, frozen), InputError);
}

TEST(AdamW, StepsAsTheFormulaSays) {
  OptimizerSection section;
  section.rate = 0.01;
  section.weight_decay = 0.1;
  Generators random(5);
  Tensor value = at::rand({7}, random("value"), at::TensorOptions(at::kFloat));
  value.set_requires_grad(true);
  AdamW optimizer({{"w", value, 0.5, 0.1}}, section);
  std::vector<double> w(7), mean(7, 0), square(7, 0);
  for (int i = 0; i < 7; ++i) w[i] = value[i].item<double>();
  for (int step = 1; step <= 5; ++step) {
    Tensor gradient = at::rand({7}, random("gradient"), at::TensorOptions(at::kFloat)) - 0.5;
    value.mutable_grad() = gradient;
    optimizer.step(2);
    for (int i = 0; i < 7; ++i) {
      double g = gradient[i].item<double>(), rate = 0.01 * 2 * 0.5;
      w[i] *= 1 - rate * 0.1;
      mean[i] = 0.9 * mean[i] + 0.1 * g;
      square[i] = 0.999 * square[i] + 0.001 * g * g;
      double unbiased = std::sqrt(square[i] / (1 - std::pow(0.999, step)));
      w[i] -= rate * mean[i] / (1 - std::pow(0.9, step)) / (unbiased + 1e-8);
      EXPECT_NEAR(value[i].item<double>(), w[i], 1e-6) << "step " << step;
    }
  }
  EXPECT_EQ(optimizer.memories()[0].steps.item<double>(), 5);
  optimizer.clear_gradients();
  Tensor before = value.detach().clone();
  optimizer.step();
  EXPECT_TRUE(value.detach().equal(before));
}

TEST(Gradients, AreClippedTogether) {
  std::vector<TrainedParameter> parameters;
  for (double size : {3.0, 4.0}) {
    Tensor value = at::zeros({1}).set_requires_grad(true);
    value.mutable_grad() = at::full({1}, size);
    parameters.push_back({"p", value, 1, 0});
  }
  EXPECT_DOUBLE_EQ(gradient_norm(parameters), 5);
  clip_gradients(parameters, 5, 10);
  EXPECT_EQ(parameters[1].value.grad().item<double>(), 4);
  clip_gradients(parameters, 5, 1);
  EXPECT_NEAR(parameters[0].value.grad().item<double>(), 0.6, 1e-6);
}

TEST(Gradients, ThatAreNotNumbersAreNamed) {
  Tensor value = at::zeros({2}).set_requires_grad(true);
  value.mutable_grad() = at::full({2}, std::numeric_limits<float>::infinity());
  try {
    gradient_norm({{"decoder.weight", value, 1, 0}});
    ADD_FAILURE() << "infinity was taken";
  } catch (const NotFinite& error) {
    EXPECT_NE(std::string(error.what()).find("decoder.weight"), std::string::npos);
  }
}
