#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/module.h>

#include "support.h"

using namespace clipwork;

namespace {

/// A component with a class head of three classes and "none", a frozen norm and an index table.
struct Head : Component {
  std::shared_ptr<torch::nn::Module> module = std::make_shared<torch::nn::Module>();
  WeightNames naming{"head.", {}, {}};
  Tensor weight, bias, mean, index;

  Head() {
    auto embed = make_child<torch::nn::Module>(*module, "class_embed");
    weight = make_parameter(*embed, "weight", {4, 2});
    bias = make_parameter(*embed, "bias", {4});
    mean = make_buffer(*make_child<torch::nn::Module>(*module, "norm"), "running_mean", {2}, 0);
    index = module->register_buffer("index", at::tensor({1, 2}));
  }
  torch::nn::Module* weights() override { return module.get(); }
  WeightNames weight_names() const override { return naming; }
};

CheckpointEntry entry(const std::string& name, at::IntArrayRef shape, double value = 1,
                      at::ScalarType type = at::kFloat) {
  return {name, at::full(shape, value, type)};
}

Checkpoint whole() {
  Checkpoint checkpoint;
  checkpoint.file = "weights.pth";
  checkpoint.tensors = {entry("head.class_embed.weight", {4, 2}, 2),
                        entry("head.class_embed.bias", {4}, 3),
                        entry("head.norm.running_mean", {2}, 4)};
  return checkpoint;
}

std::string refusal(const Checkpoint& checkpoint, Head& head, const LoadOptions& options = {}) {
  return test::error_of<InputError>([&] { load_checkpoint(checkpoint, {&head}, options); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(NamedParameters, HaveTheirFullPublicNamesAndShareTheModulesStorage) {
  Head head;
  auto all = named_parameters(head);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].name, "head.class_embed.weight");
  EXPECT_FALSE(all[0].buffer);
  EXPECT_EQ(all[2].name, "head.index");
  EXPECT_TRUE(all[2].buffer);
  EXPECT_TRUE(all[0].value.is_same(head.weight));
}

TEST(LoadCheckpoint, CopiesByNameAndReportsWhatIsLeftOver) {
  Head head;
  Checkpoint checkpoint = whole();
  checkpoint.tensors.push_back(entry("criterion.empty_weight", {4}));
  LoadReport report = load_checkpoint(checkpoint, {&head}, {});
  EXPECT_EQ(report.loaded.size(), 3u);
  EXPECT_EQ(report.unexpected, std::vector<std::string>{"criterion.empty_weight"});
  EXPECT_EQ(head.weight.sum().item<float>(), 16);
  EXPECT_EQ(head.bias.sum().item<float>(), 12);
  EXPECT_EQ(head.mean.sum().item<float>(), 8);
  EXPECT_TRUE(head.weight.requires_grad());
  EXPECT_EQ(report.text(), "loaded 3 of 3\nunexpected 1: criterion.empty_weight");
}

TEST(LoadCheckpoint, ConvertsToTheModelsPrecision) {
  Head head;
  Checkpoint checkpoint = whole();
  checkpoint.tensors[0].value = checkpoint.tensors[0].value.to(at::kHalf);
  load_checkpoint(checkpoint, {&head}, {});
  EXPECT_EQ(head.weight.scalar_type(), at::kFloat);
  EXPECT_EQ(head.weight.sum().item<float>(), 16);
  checkpoint.tensors[0].value = checkpoint.tensors[0].value.to(at::kChar);
  EXPECT_TRUE(contains(refusal(checkpoint, head), "'head.class_embed.weight' has type Char"));
}

TEST(LoadCheckpoint, RefusesAMissingParameterAndChangesNothing) {
  Head head;
  Checkpoint checkpoint = whole();
  checkpoint.tensors.pop_back();
  std::string message = refusal(checkpoint, head);
  EXPECT_TRUE(contains(message, "weights.pth: does not fit the model")) << message;
  EXPECT_TRUE(contains(message, "missing 1: head.norm.running_mean")) << message;
  EXPECT_TRUE(contains(message, "allow_missing")) << message;
  EXPECT_EQ(head.weight.sum().item<float>(), 0);
  LoadReport report = load_checkpoint(checkpoint, {&head}, {{"^head\\.norm\\."}});
  EXPECT_EQ(report.missing, std::vector<std::string>{"head.norm.running_mean"});
  EXPECT_EQ(head.weight.sum().item<float>(), 16);
  EXPECT_TRUE(contains(refusal(whole(), head, {{"("}}), "not a regular expression"));
}

TEST(LoadCheckpoint, SaysBothClassNumbersWhereTheyContradict) {
  Head head;
  Checkpoint checkpoint = whole();
  checkpoint.tensors[0] = entry("head.class_embed.weight", {41, 2});
  checkpoint.tensors[1] = entry("head.class_embed.bias", {41});
  std::string message = refusal(checkpoint, head);
  EXPECT_TRUE(contains(message, "the file has 40 classes, the config 3")) << message;
  EXPECT_TRUE(contains(message, "allow_missing = [\"class_embed\"")) << message;
  LoadReport report = load_checkpoint(checkpoint, {&head}, {{"class_embed"}});
  EXPECT_EQ(report.wrong_shape.size(), 2u);
  EXPECT_EQ(head.weight.sum().item<float>(), 0);
  EXPECT_EQ(head.mean.sum().item<float>(), 8);
}

TEST(LoadCheckpoint, DoesNotSpeakOfClassesWhereAnotherSizeDiffers) {
  Head head;
  Checkpoint checkpoint = whole();
  checkpoint.tensors[0] = entry("head.class_embed.weight", {4, 3});
  std::string message = refusal(checkpoint, head);
  EXPECT_FALSE(contains(message, "classes, the config")) << message;
  EXPECT_TRUE(contains(message, "head.class_embed.weight (file [4, 3], model [4, 2])")) << message;
}

TEST(LoadCheckpoint, FollowsRenamesOfOlderFilesAndPrefersPresentNames) {
  Head head;
  head.naming.renames = {{"^predictor\\.", "head."}, {"cls_head", "class_embed"}};
  Checkpoint checkpoint = whole();
  checkpoint.tensors[0].name = "predictor.cls_head.weight";
  LoadReport report = load_checkpoint(checkpoint, {&head}, {});
  ASSERT_EQ(report.renamed.size(), 1u);
  EXPECT_EQ(report.renamed[0], std::make_pair(std::string("predictor.cls_head.weight"),
                                              std::string("head.class_embed.weight")));
  EXPECT_EQ(head.weight.sum().item<float>(), 16);

  checkpoint.tensors.push_back(entry("head.class_embed.weight", {4, 2}, 7));
  report = load_checkpoint(checkpoint, {&head}, {});
  EXPECT_TRUE(report.renamed.empty());
  EXPECT_EQ(report.unexpected, std::vector<std::string>{"predictor.cls_head.weight"});
  EXPECT_EQ(head.weight.sum().item<float>(), 56);
}

TEST(LoadCheckpoint, RefusesTwoEntriesForOneParameter) {
  Head head;
  head.naming.renames = {{"^(a|b)\\.", "head."}};
  Checkpoint checkpoint = whole();
  checkpoint.tensors[0].name = "a.class_embed.weight";
  checkpoint.tensors.push_back(entry("b.class_embed.weight", {4, 2}));
  EXPECT_TRUE(contains(refusal(checkpoint, head),
                       "'a.class_embed.weight' and 'b.class_embed.weight' are both names of"));
}

TEST(LoadCheckpoint, TakesComputedBuffersWhereTheyFitAndDoesNotMissThem) {
  Head head;
  Checkpoint checkpoint = whole();
  checkpoint.tensors.push_back(entry("head.index", {2}, 5, at::kInt));
  load_checkpoint(checkpoint, {&head}, {});
  EXPECT_EQ(head.index.sum().item<int64_t>(), 10);
  checkpoint.tensors.back() = entry("head.index", {9}, 6, at::kInt);
  LoadReport report = load_checkpoint(checkpoint, {&head}, {});
  EXPECT_EQ(report.unexpected, std::vector<std::string>{"head.index"});
  EXPECT_EQ(head.index.sum().item<int64_t>(), 10);
}

TEST(CompareCheckpoint, TellsTheSameAndChangesNothing) {
  Head head;
  Checkpoint checkpoint = whole();
  checkpoint.tensors[1] = entry("head.class_embed.bias", {9});
  checkpoint.tensors.pop_back();
  LoadReport report = compare_checkpoint(checkpoint, {&head});
  EXPECT_EQ(report.loaded, std::vector<std::string>{"head.class_embed.weight"});
  EXPECT_EQ(report.missing, std::vector<std::string>{"head.norm.running_mean"});
  ASSERT_EQ(report.wrong_shape.size(), 1u);
  EXPECT_EQ(report.wrong_shape[0].file, std::vector<int64_t>{9});
  EXPECT_EQ(head.weight.sum().item<float>(), 0);
}

TEST(LoadReport, ShowsTheFirstNamesOfALongList) {
  LoadReport report;
  report.missing = {"a", "b", "c", "d", "e", "f", "g", "h"};
  EXPECT_EQ(report.text(), "loaded 0 of 8\nmissing 8: a, b, c, d, e, f and 2 more");
}
