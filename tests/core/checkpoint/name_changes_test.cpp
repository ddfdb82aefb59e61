// Names of a file that become those of a model only without a prefix.

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/module.h>

#include "support.h"

using namespace clipwork;

namespace {

/// Sixteen parameters net.0.weight, net.0.bias, ..., of which none is a wrapper's.
struct SmallModel : Component {
  std::shared_ptr<torch::nn::Module> module = std::make_shared<torch::nn::Module>();
  std::string prefix = "head.";

  SmallModel() {
    for (int i = 0; i < 8; ++i) {
      auto layer = make_child<torch::nn::Module>(*module, cat("net.", i));
      make_parameter(*layer, "weight", {2, 2});
      make_parameter(*layer, "bias", {2});
    }
  }
  torch::nn::Module* weights() override { return module.get(); }
  WeightNames weight_names() const override { return {prefix, {}, {}}; }
};

using Names = std::vector<std::string>;

Names names_of(SmallModel& model) {
  Names names;
  for (const NamedParameter& one : named_parameters(model)) names.push_back(one.name);
  return names;
}

void add(Checkpoint& file, const std::string& prefix, SmallModel& model, double value = 1) {
  file.file = "weights.pth";
  for (const NamedParameter& one : named_parameters(model)) {
    file.tensors.push_back({prefix + one.name, at::full(one.value.sizes(), value)});
  }
}

double first_value(SmallModel& model) {
  return named_parameters(model)[0].value.flatten()[0].item<double>();
}

}  // namespace

TEST(NameChanges, APrefixOfAnyNameIsDroppedAndReported) {
  for (const char* prefix : {"net.", "detector.", "modelStudent.", "trainer.detector.", "a.b.c."}) {
    SmallModel model;
    Checkpoint file;
    add(file, prefix, model);
    file.tensors.push_back({"criterion.empty_weight", at::zeros({3})});
    const LoadReport report = load_checkpoint(file, {&model}, {});
    EXPECT_EQ(report.loaded.size(), 16u) << prefix;
    EXPECT_EQ(report.names, cat("the prefix '", prefix, "' was dropped from the names"));
    EXPECT_EQ(report.text(),
              cat("loaded 16 of 16\n", report.names, "\nunexpected 1: criterion.empty_weight"));
    EXPECT_EQ(first_value(model), 1) << prefix;
  }
}

TEST(NameChanges, NamesThatFitAsTheyAreStay) {
  SmallModel model;
  Checkpoint file;
  add(file, "ema.", model, 2);
  add(file, "", model, 1);
  const LoadReport report = load_checkpoint(file, {&model}, {});
  EXPECT_EQ(report.names, "");
  EXPECT_EQ(first_value(model), 1);
  EXPECT_EQ(report.unexpected.size(), 16u);
}

TEST(NameChanges, APrefixThatOnlySomeNamesHaveIsDroppedFromThose) {
  SmallModel model;
  Checkpoint file;
  add(file, "", model);
  for (size_t i = 0; i < file.tensors.size(); i += 2) file.tensors[i].name.insert(0, "module.");
  const LoadReport report = load_checkpoint(file, {&model}, {});
  EXPECT_EQ(report.loaded.size(), 16u);
  EXPECT_EQ(report.names, "the prefix 'module.' was dropped from the names");
}

TEST(NameChanges, OfTwoCopiesTheFirstIsLoadedAndTheOtherIsReported) {
  SmallModel model;
  Checkpoint file;
  add(file, "modelTeacher.", model, 5);
  add(file, "modelStudent.", model, 6);
  const LoadReport report = load_checkpoint(file, {&model}, {});
  EXPECT_EQ(report.names, "the prefix 'modelTeacher.' was dropped from the names");
  EXPECT_EQ(report.unexpected.size(), 16u);
  EXPECT_EQ(first_value(model), 5);
}

TEST(NameChanges, WrappersInsideOfNamesAreDropped) {
  SmallModel model;
  Checkpoint file;
  add(file, "", model);
  for (CheckpointEntry& entry : file.tensors) entry.name.insert(5, "module.");  // head.module.net
  const LoadReport report = load_checkpoint(file, {&model}, {});
  EXPECT_EQ(report.loaded.size(), 16u);
  EXPECT_EQ(report.names, "'module.' and 'model.' were dropped from within the names");
}

TEST(NameChanges, APrefixThatReadingDroppedIsPutBackForAModelThatHasIt) {
  test::ScratchFolder scratch;
  SmallModel model;
  model.prefix = "model.head.";
  Checkpoint made;
  add(made, "", model);
  const auto path = scratch.path() / "w.safetensors";
  write_safetensors(path, made.tensors);
  const Checkpoint file = read_checkpoint(path);
  EXPECT_EQ(file.dropped, "model.");
  EXPECT_EQ(load_checkpoint(file, {&model}, {}).loaded.size(), 16u);
  for (const std::string& name : names_of(model)) EXPECT_NE(file.find(name), nullptr) << name;
}

TEST(NameChanges, LittleOfAModelGivesNoAdviceToLetItBeMissing) {
  SmallModel model;
  Checkpoint file;
  add(file, "", model);
  file.tensors.resize(2);
  file.tensors.push_back({"layer1.0.conv1.weight", at::zeros({4, 4, 1, 1})});
  const std::string error =
      test::error_of<InputError>([&] { load_checkpoint(file, {&model}, {}); });
  EXPECT_SAYS(error, "does not fit the model: it is of another model");
  EXPECT_SAYS(error, "`clipwork weights FILE --which` lists the configs that these fit");
  EXPECT_EQ(error.find("allow_missing"), error.npos) << error;
}

TEST(NameChanges, AFileWithoutWholeModulesNamesThem) {
  SmallModel model;
  Checkpoint file;
  add(file, "", model);
  file.tensors.resize(12);
  const std::string error =
      test::error_of<InputError>([&] { load_checkpoint(file, {&model}, {}); });
  EXPECT_SAYS(error, "does not fit the model: it has no weights of head.net.6, head.net.7");
  EXPECT_SAYS(error,
              "a training can start from these with --set "
              "'weights.allow_missing=[\"^head.net.6\", \"^head.net.7\"]'");
}
