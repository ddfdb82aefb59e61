// The plugin against numbers of torchvision: README.md says how they were made.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <clipwork/backbone.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/digest.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/module.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace clipwork;

namespace {

std::shared_ptr<Backbone> make_backbone(const Value& parameters) {
  Registry::instance().load(std::getenv("PLUGIN"));
  return make_component<Backbone>("convnext", parameters);
}

/// The narrow network of the golden case.
Value narrow() {
  Value parameters = Value::table();
  parameters.set("channels", Value::Array{8, 16, 24, 32});
  parameters.set("blocks", Value::Array{1, 2, 2, 1});
  return parameters;
}

Tensor pictures() { return stream_by_rule("pictures", 3, {2, 3, 64, 96}, 2, 0); }

std::vector<FeatureMap> forward(Backbone& backbone, bool training = false) {
  Generators random(1);
  Communicator world;
  Context context{training, random, world};
  return backbone.forward(pictures(), context);
}

double largest(const Tensor& value) { return value.abs().max().item<double>(); }

}  // namespace

TEST(ConvNeXt, ComputesTheMapsOfTorchvision) {
  const Checkpoint golden = read_checkpoint(std::getenv("GOLDEN"));
  const auto backbone = make_backbone(narrow());
  fill_by_rule({backbone.get()}, WeightRule());
  backbone->weights()->eval();
  for (const bool plain : {true, false}) {
    backbone->prepare({plain, true});
    const std::vector<FeatureMap> maps = forward(*backbone);
    ASSERT_EQ(maps.size(), 4U);
    for (const FeatureMap& map : maps) {
      const Tensor& expected = *golden.find(map.name);
      ASSERT_EQ(map.value.sizes(), expected.sizes()) << map.name;
      EXPECT_LT(largest(map.value - expected), 2e-5) << map.name << (plain ? ", plain" : "");
    }
  }
}

TEST(ConvNeXt, HasTheGradientsOfTorchvision) {
  const Checkpoint golden = read_checkpoint(std::getenv("GOLDEN"));
  const auto backbone = make_backbone(narrow());
  fill_by_rule({backbone.get()}, WeightRule());
  forward(*backbone).back().value.square().mean().backward();
  int compared = 0;
  for (const NamedParameter& parameter : named_parameters(*backbone)) {
    const std::string name = parameter.name.substr(std::string("backbone.").size());
    const Tensor* expected = golden.find("grad." + name);
    if (!expected) continue;
    EXPECT_LT(largest(parameter.value.grad() - *expected), 1e-5 * largest(*expected) + 1e-6)
        << name;
    ++compared;
  }
  EXPECT_EQ(compared, 5);
}

TEST(ConvNeXt, HasTheNamesAndShapesOfTorchvision) {
  Value parameters = Value::table();
  parameters.set("model", "tiny");
  std::vector<std::string> lines;
  for (const NamedParameter& one : named_parameters(*make_backbone(parameters))) {
    lines.push_back(cat(one.name.substr(std::string("backbone.").size()), " ", one.value.sizes()));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  EXPECT_EQ(lines.size(), 178U);
  // Of "NAME SHAPE" lines, sorted, of torchvision's convnext_tiny without its classifier.
  EXPECT_EQ(sha256(text), "708656fc09cb83f05326c7f10d56a2b0cc65731af20ee20529e118d741a1ff0a");
}

TEST(ConvNeXt, LoadsFilesOfTorchvision) {
  const auto from = make_backbone(narrow()), to = make_backbone(narrow());
  fill_by_rule({from.get()}, WeightRule());
  std::vector<CheckpointEntry> entries;
  for (const NamedParameter& one : named_parameters(*from)) {
    entries.push_back({one.name.substr(std::string("backbone.").size()), one.value.detach()});
  }
  const size_t all = entries.size();
  entries.push_back({"classifier.2.weight", at::ones({10, 32})});
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / cat("convnext_", ::getpid(), ".safetensors");
  write_safetensors(file, entries);
  const LoadReport report = load_checkpoint(read_checkpoint(file), {to.get()}, {});
  std::filesystem::remove(file);
  EXPECT_EQ(report.loaded.size(), all);
  EXPECT_EQ(report.unexpected, (std::vector<std::string>{"classifier.2.weight"}));
  EXPECT_TRUE(forward(*from).back().value.equal(forward(*to).back().value));
}

TEST(ConvNeXt, SkipsBlocksOfSinglePicturesInTraining) {
  Value parameters = narrow();
  parameters.set("drop", 0.0);
  const auto never = make_backbone(parameters);
  parameters.set("drop", 0.9);
  const auto often = make_backbone(parameters);
  for (Backbone* backbone : {never.get(), often.get()}) fill_by_rule({backbone}, WeightRule());
  const Tensor expected = forward(*never).back().value;
  EXPECT_TRUE(forward(*never, true).back().value.equal(expected));
  EXPECT_TRUE(forward(*often).back().value.equal(expected));
  EXPECT_FALSE(forward(*often, true).back().value.equal(expected));
  // The same seed skips the same.
  EXPECT_TRUE(forward(*often, true).back().value.equal(forward(*often, true).back().value));
}
