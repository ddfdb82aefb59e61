// Swin by itself; its numbers are pinned by golden cases.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/backbone.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>

#include <algorithm>
#include <map>

#include "support.h"

using namespace clipwork;

namespace {

const ComponentInfo& swin() {
  Registry::instance().load(test::build_dir() / "plugins/swin.so");
  return Registry::instance().find("backbone", "swin");
}

/// Calls a backbone as the loop does.
struct Caller {
  bool training = false;
  Generators random{1};
  Communicator world;
  std::vector<FeatureMap> operator()(Backbone& backbone, const Tensor& pictures) {
    Context context{training, random, world};
    return backbone.forward(pictures, context);
  }
};

std::shared_ptr<Backbone> small(Value::Array heads = {Value(int64_t{2}), Value(int64_t{3})}) {
  Value table = Value::table();
  table.set("embed_dim", int64_t{12});
  table.set("depths", Value::Array{Value(int64_t{2}), Value(int64_t{2})});
  table.set("heads", heads);
  table.set("window_size", int64_t{5});
  Faults faults;
  Describer describer(&table, "model.backbone", faults);
  auto values = swin().describe(describer);
  describer.finish();
  faults.raise();
  swin().contract(values.get(), {});
  auto backbone = std::dynamic_pointer_cast<Backbone>(swin().make(values.get(), {}));
  fill_by_rule({backbone.get()}, WeightRule());
  return backbone;
}

Tensor pictures(int64_t count, int64_t height, int64_t width) {
  return at::randn({count, 3, height, width}, at::detail::createCPUGenerator(3), at::kFloat);
}

}  // namespace

TEST(Swin, GivesTheSameInItsPackedForm) {
  c10::InferenceMode inference;
  auto backbone = small();
  Caller call;
  // Windows padded and not, one window alone, a side smaller than the window.
  for (auto [height, width] : {std::pair(61, 90), std::pair(40, 40), std::pair(9, 33)}) {
    Tensor input = pictures(2, height, width);
    backbone->prepare({/*plain=*/true});
    std::vector<FeatureMap> plain = call(*backbone, input);
    backbone->prepare({/*plain=*/false});
    std::vector<FeatureMap> packed = call(*backbone, input);
    for (size_t i = 0; i < plain.size(); ++i) {
      EXPECT_LT((plain[i].value - packed[i].value).abs().max().item<double>(), 1e-5);
    }
  }
}

TEST(Swin, TreatsThePicturesOfABatchAlone) {
  c10::InferenceMode inference;
  auto backbone = small();
  Caller call;
  Tensor both = pictures(2, 45, 61);
  Tensor alone = call(*backbone, both.narrow(0, 1, 1)).back().value;
  EXPECT_LT((call(*backbone, both).back().value[1] - alone[0]).abs().max().item<double>(), 1e-5);
}

TEST(Swin, HasThePublishedNamesAndTakesThoseOfTheClassifier) {
  auto backbone = small();
  std::vector<CheckpointEntry> entries;
  for (const NamedParameter& one : named_parameters(*backbone)) {
    // The classifier's file has no prefix, and its own last norm and head beside.
    std::string name = one.name.substr(std::string("backbone.").size());
    entries.push_back({name, one.value.detach().clone()});
  }
  entries.push_back({"head.weight", entries[0].value});
  auto has = [&](const std::string& name) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const CheckpointEntry& entry) { return entry.name == name; });
  };
  for (const char* name :
       {"patch_embed.proj.weight", "patch_embed.norm.bias", "layers.0.blocks.1.norm1.weight",
        "layers.1.blocks.0.attn.qkv.bias", "layers.1.blocks.0.attn.proj.weight",
        "layers.0.blocks.0.attn.relative_position_bias_table",
        "layers.0.blocks.0.attn.relative_position_index", "layers.0.blocks.0.mlp.fc2.weight",
        "layers.0.downsample.reduction.weight", "layers.0.downsample.norm.weight", "norm1.bias"}) {
    EXPECT_TRUE(has(name)) << name;
  }
  test::ScratchFolder scratch;
  write_safetensors(scratch.path() / "swin.safetensors", entries);
  LoadReport report =
      compare_checkpoint(read_checkpoint(scratch.path() / "swin.safetensors"), {backbone.get()});
  EXPECT_TRUE(report.missing.empty());
  EXPECT_EQ(report.unexpected, (std::vector<std::string>{"head.weight"}));
}

TEST(Swin, RefusesStagesThatDoNotFit) {
  EXPECT_THROW(small({Value(int64_t{2}), Value(int64_t{5})}), InputError);
  EXPECT_THROW(small({Value(int64_t{2})}), InputError);
}

TEST(Swin, PassesBlocksByInTraining) {
  c10::InferenceMode inference;
  auto backbone = small();
  // Twice the same picture: what differs was drawn.
  Tensor one = pictures(1, 40, 40), twice = at::cat({one, one});
  Caller run, train;
  train.training = true;
  std::vector<FeatureMap> whole = run(*backbone, twice);
  EXPECT_TRUE(whole.back().value[0].equal(whole.back().value[1]));
  int differing = 0;
  for (int i = 0; i < 32; ++i) {
    std::vector<FeatureMap> maps = train(*backbone, twice);
    differing += maps.back().value[0].equal(maps.back().value[1]) ? 0 : 1;
  }
  // Of shares 0, 0.1, 0.2, 0.3, two draws each: the pictures are alike in about a tenth of all
  // cases.
  EXPECT_GT(differing, 16);
}

TEST(Swin, FollowsThePublishedSizesFromItsWidth) {
  auto list = [](std::vector<int64_t> numbers) {
    return Value(Value::Array(numbers.begin(), numbers.end()));
  };
  auto parameters = [](const std::vector<std::pair<std::string, Value>>& given) {
    Value table = Value::table();
    for (const auto& [name, value] : given) table.set(name, value);
    Faults faults;
    Describer describer(&table, "model.backbone", faults);
    swin().describe(describer);
    std::map<std::string, Value> found;
    for (const ParameterInfo& one : describer.parameters()) found[one.name] = one.default_value;
    return found;
  };
  const auto tiny = parameters({}), base = parameters({{"embed_dim", Value(128)}}),
             large = parameters({{"embed_dim", Value(192)}});
  EXPECT_EQ(tiny.at("depths"), list({2, 2, 6, 2}));
  EXPECT_EQ(tiny.at("heads"), list({3, 6, 12, 24}));
  EXPECT_EQ(base.at("depths"), list({2, 2, 18, 2}));
  EXPECT_EQ(base.at("heads"), list({4, 8, 16, 32}));
  EXPECT_EQ(large.at("depths"), list({2, 2, 18, 2}));
  EXPECT_EQ(large.at("heads"), list({6, 12, 24, 48}));
  const auto small = parameters({{"depths", list({2, 2, 18, 2})}});
  EXPECT_EQ(small.at("heads"), list({3, 6, 12, 24}));
  EXPECT_EQ(parameters({{"depths", list({1, 1})}}).at("heads"), list({3, 6}));
}
