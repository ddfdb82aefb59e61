// Parts of the trainer: the average of weights, the first weights, and the batch that is kept.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/initial_weights.h>
#include <clipwork/host/trainer.h>
#include <clipwork/models/mask2former_layers.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/norm.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

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

TEST(RefusedBatch, ComesBackAsItWasKept) {
  ScratchFolder scratch;
  RefusedBatch batch{12, "loss_ce is not finite", "batch of dogs", {}};
  Sample sample;
  sample.name = "dogs";
  sample.frames = at::arange(2 * 3 * 4 * 4).view({2, 3, 4, 4}).to(at::kByte);
  sample.targets = {"dogs, frame 3",
                    at::tensor({1}),
                    at::zeros({1, 2}, at::kLong),
                    at::ones({1, 2, 4, 4}, at::kBool),
                    {}};
  batch.samples = {sample, sample};
  const auto file = scratch.path() / "refused.safetensors";
  write_refused_batch(file, batch, {{"head.weight", at::ones({3})}});
  const RefusedBatch read = read_refused_batch(file);
  EXPECT_EQ(read.step, 12);
  EXPECT_EQ(read.problem, batch.problem);
  EXPECT_EQ(read.where, batch.where);
  ASSERT_EQ(read.samples.size(), 2u);
  EXPECT_EQ(read.samples[1].name, "dogs");
  EXPECT_EQ(read.samples[1].targets.name, "dogs, frame 3");
  EXPECT_TRUE(at::equal(read.samples[1].frames, sample.frames));
  EXPECT_TRUE(at::equal(read.samples[1].targets.masks, sample.targets.masks));
  EXPECT_FALSE(read.samples[1].targets.boxes.defined());
  EXPECT_TRUE(read_checkpoint(file).find("head.weight"));
}

TEST(RefusedBatch, IsNotReadFromAnyCheckpoint) {
  ScratchFolder scratch;
  const auto file = scratch.path() / "model.safetensors";
  write_safetensors(file, {{"w", at::ones({1})}});
  EXPECT_THROW(read_refused_batch(file), InputError);
}

}  // namespace
