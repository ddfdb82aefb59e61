#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/module.h>

#include "support.h"

using namespace clipwork;

namespace {

/// A component around one module.
struct Holder : Component {
  std::shared_ptr<torch::nn::Module> module = std::make_shared<torch::nn::Module>();
  std::string prefix;
  torch::nn::Module* weights() override { return module.get(); }
  WeightNames weight_names() const override { return {prefix, {}, {}}; }
};

const Tensor& golden(const Checkpoint& checkpoint, const std::string& name) {
  const Tensor* found = checkpoint.find(name);
  if (!found) throw Error("no golden tensor " + name);
  return *found;
}

}  // namespace

TEST(WeightRule, GivesTheValuesThatAreWrittenDown) {
  Tensor weight = tensor_by_rule("a.weight", {2, 3}, {});
  EXPECT_TRUE(
      at::equal(weight.flatten().slice(0, 0, 4),
                at::tensor({0x1.fd34e8p-2f, 0x1.f35ad8p-2f, 0x1.e5f9c8p-1f, -0x1.29d774p-1f})));
  Tensor bias = tensor_by_rule("a.bias", {4}, {});
  EXPECT_TRUE(
      at::equal(bias, at::tensor({-0x1.8905d4p-6f, 0x1.d56a4p-6f, 0x1.248c9ap-6f, -0x1.4322p-7f})));
  Tensor norm = tensor_by_rule("norm.weight", {4}, {});
  EXPECT_EQ(norm[0].item<float>(), 0x1.f03aa6p-1f);
  Tensor variance = tensor_by_rule("bn.running_var", {4}, {});
  EXPECT_EQ(variance[0].item<float>(), 0x1.04bda2p+0f);
  Tensor gained = tensor_by_rule("conv.weight", {2, 3, 3, 3}, {7, {{"conv", 2.0}}});
  EXPECT_EQ(gained.flatten()[0].item<float>(), 0x1.1afc56p-1f);
}

TEST(WeightRule, TakesTheFirstGainThatIsFoundInTheName) {
  Tensor plain = tensor_by_rule("head.class_embed.weight", {4, 8}, {});
  Tensor gained = tensor_by_rule("head.class_embed.weight", {4, 8},
                                 {1, {{"mask", 8.0}, {"class_em", 4.0}, {"head", 2.0}}});
  EXPECT_TRUE(at::equal(gained, plain * 4));
  EXPECT_THROW(tensor_by_rule("a", {1}, {1, {{"(", 1.0}}}), InputError);
}

TEST(WeightRule, EqualsTheGoldenCaseInEveryBit) {
  CLIPWORK_NEEDS_SHARED("parity/rule_unit");
  Checkpoint expected =
      read_checkpoint(test::shared_dir() / "parity" / "rule_unit" / "outputs.safetensors");
  EXPECT_TRUE(at::equal(tensor_by_rule("a.weight", {2, 3}, {}), golden(expected, "a.weight")));
  EXPECT_TRUE(at::equal(tensor_by_rule("a.bias", {4}, {}), golden(expected, "a.bias")));
  EXPECT_TRUE(at::equal(tensor_by_rule("norm.weight", {4}, {}), golden(expected, "norm.weight")));
  EXPECT_TRUE(
      at::equal(tensor_by_rule("bn.running_var", {4}, {}), golden(expected, "bn.running_var")));
  EXPECT_TRUE(at::equal(tensor_by_rule("conv.weight", {2, 3, 3, 3}, {7, {{"conv", 2.0}}}),
                        golden(expected, "conv.weight")));
  Tensor picture = picture_by_rule(1, 0, 2, 40, 70);
  EXPECT_TRUE(at::equal(picture.select(2, 0), golden(expected, "picture.row")));
  EXPECT_TRUE(at::equal(picture.select(3, 69), golden(expected, "picture.column")));
}

TEST(PictureRule, DependsOnTheFrameAndNotOnTheNumberOfFrames) {
  Tensor video = picture_by_rule(3, 0, 3, 33, 50);
  EXPECT_TRUE(at::equal(picture_by_rule(3, 2, 1, 33, 50)[0], video[2]));
  EXPECT_FALSE(at::equal(video[0], video[1]));
}

TEST(StreamRule, ScalesAndShiftsNumbersBetweenMinusOneAndOne) {
  Tensor plain = stream_by_rule("tokens", 5, {1000}, 1, 0);
  EXPECT_GE(plain.min().item<float>(), -1);
  EXPECT_LT(plain.max().item<float>(), 1);
  EXPECT_NEAR(plain.mean().item<float>(), 0, 0.06);
  Tensor moved = stream_by_rule("tokens", 5, {1000}, 0.5, 3);
  EXPECT_TRUE(at::equal(moved, plain * 0.5 + 3));
}

TEST(FillByRule, FillsParametersAndStatisticsUnderFullNamesAndKeepsWhatTheModelComputes) {
  Holder holder;
  holder.prefix = "backbone.";
  auto& module = *holder.module;
  Tensor weight = make_parameter(module, "weight", {2, 3});
  Tensor frozen = make_buffer(module, "norm_bias", {4}, 0);
  Tensor variance = make_buffer(module, "running_var", {4}, 1);
  Tensor pixel_mean = make_buffer(module, "pixel_mean", {3}, 7);
  Tensor index = module.register_buffer("index_weight", at::tensor({1, 2, 3}));
  fill_by_rule({&holder}, {9, {}});
  EXPECT_TRUE(at::equal(weight, tensor_by_rule("backbone.weight", {2, 3}, {9, {}})));
  EXPECT_TRUE(at::equal(frozen, tensor_by_rule("backbone.norm_bias", {4}, {9, {}})));
  EXPECT_TRUE(at::equal(variance, tensor_by_rule("backbone.running_var", {4}, {9, {}})));
  EXPECT_EQ(pixel_mean.sum().item<float>(), 21);
  EXPECT_EQ(index.sum().item<int64_t>(), 6);
  EXPECT_TRUE(weight.requires_grad());
}
