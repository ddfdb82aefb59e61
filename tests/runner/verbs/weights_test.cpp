// clipwork weights: what it prints and writes.

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "cli/program.h"
#include "runner/run_here.h"
#include "support.h"

using namespace clipwork;
using test::ProgramResult;
using testing::HasSubstr;

namespace {

std::string checkpoint_fixture(const std::string& name) {
  return test::source_dir() / "tests" / "data" / "checkpoint" / name;
}

ProgramResult run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "weights");
  return test::run_here(arguments);
}

}  // namespace

TEST(Weights, ListsNamesTypesShapesAndTotals) {
  ProgramResult result = run({checkpoint_fixture("torch.pth")});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("torch.pth: pth (zip), 5 tensors, 21 values, 0.0 MiB"));
  EXPECT_THAT(result.output, HasSubstr("  bfloat  BFloat16 [2]\n"));
  EXPECT_THAT(result.output, HasSubstr("beside the weights: iteration = 5\n"));
  EXPECT_THAT(result.output, HasSubstr("remark: 'args' needs 'argparse.Namespace'"));
}

TEST(Weights, PrintsTheSameAsJson) {
  ProgramResult result = run({checkpoint_fixture("torch.pth"), "--json"});
  rapidjson::Document json;
  ASSERT_FALSE(json.Parse(result.output.c_str()).HasParseError()) << result.output;
  EXPECT_STREQ(json["format"].GetString(), "pth (zip)");
  EXPECT_EQ(json["values"].GetInt(), 21);
  EXPECT_EQ(json["bytes"].GetInt(), 12 * 4 + 4 * 4 + 2 * 2 + 8 + 2 * 4);
  EXPECT_STREQ(json["tensors"][1]["name"].GetString(), "view");
  EXPECT_EQ(json["tensors"][1]["shape"][1].GetInt(), 2);
  EXPECT_STREQ(json["metadata"]["iteration"].GetString(), "5");
  EXPECT_EQ(json["remarks"].Size(), 2u);
  // The SHA-256 that sha256sum gives.
  EXPECT_STREQ(json["sha256"].GetString(),
               "0e74b470bd29d0ebee9fd480197749447874c8bc1a212c07fcaaaaae85a5c459");
  EXPECT_FALSE(json.HasMember("comparison"));
}

TEST(Weights, ConvertsToSafetensors) {
  test::ScratchFolder scratch;
  std::string out = scratch.path() / "out.safetensors";
  ProgramResult result = run({checkpoint_fixture("torch_legacy.pth"), "--convert", out});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("wrote " + out));
  Checkpoint before = read_checkpoint(checkpoint_fixture("torch_legacy.pth")),
             after = read_checkpoint(out);
  EXPECT_EQ(after.format, "safetensors");
  EXPECT_EQ(after.metadata.at("iteration"), "5");
  for (const auto& entry : before.tensors) {
    EXPECT_TRUE(at::equal(*after.find(entry.name), entry.value)) << entry.name;
  }
}

TEST(Weights, ConvertsToAFileOfPyTorchWithWhatItsPublicModelsKeep) {
  test::ScratchFolder scratch;
  test::use_built_plugins();
  const std::string configs = test::source_dir() / "configs";
  std::string config = scratch.write(
      "a.toml", cat("extends = [\"", configs, "/genvis/tiny.toml\", \"", configs,
                    "/_base_/training/genvis.toml\"]\nclasses.names = [\"cat\", \"dog\"]\n"));
  std::string folder = scratch.path() / "step-7", out = scratch.path() / "out.pth";
  std::filesystem::create_directory(folder);
  write_safetensors(folder + "/model.safetensors", {{"a", at::ones({2})}});
  ProgramResult result = run({folder, config, "--convert", out});
  EXPECT_EQ(result.code, 3) << result.errors;
  Checkpoint written = read_checkpoint(out);
  EXPECT_EQ(written.format, "pth (zip)");
  EXPECT_TRUE(at::equal(*written.find("a"), at::ones({2})));
  for (const char* criterion : {"criterion", "vita_criterion", "genvis_criterion"}) {
    const Tensor* weight = written.find(cat(criterion, ".empty_weight"));
    ASSERT_NE(weight, nullptr) << criterion;
    EXPECT_TRUE(at::allclose(*weight, at::tensor({1.0f, 1.0f, 0.1f}))) << criterion;
  }
  EXPECT_EQ(written.tensors.size(), 4u);
}

TEST(Weights, ComparesWithTheModelOfAConfig) {
  test::ScratchFolder scratch;
  setenv("CLIPWORK_PLUGIN_PATH", (test::build_dir() / "plugins").c_str(), 1);
  std::string config = scratch.write("a.toml", R"(
    model.backbone = {type = "resnet", depth = 18, stem_channels = 8, res2_channels = 8, width_per_group = 8}
    model.pixel_decoder = {type = "msdeform", channels = 32, mask_channels = 32, layers = 1, heads = 2, feedforward = 16}
    model.decoder = {type = "mask2former", queries = 4, channels = 32, heads = 2, layers = 1, feedforward = 16}
    model.tracker = {type = "none"}
    window.length = 1
    classes.names = ["cat", "dog"]
  )");
  ProgramResult result = run({checkpoint_fixture("torch.pth"), config});
  EXPECT_EQ(result.code, 3) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("does not fit " + config + ": loaded 0 of 1"));
  EXPECT_THAT(result.output, HasSubstr("\nunexpected 5: ramp, view"));

  result = run(
      {checkpoint_fixture("torch.pth"), config, "--set", "weights.allow_missing=[\"\"]", "--json"});
  EXPECT_EQ(result.code, 0) << result.errors;
  rapidjson::Document json;
  ASSERT_FALSE(json.Parse(result.output.c_str()).HasParseError()) << result.output;
  EXPECT_TRUE(json["comparison"]["fits"].GetBool());
  EXPECT_STREQ(json["comparison"]["missing"][0].GetString(), "backbone.res2.0.conv1.norm.bias");
}

TEST(Weights, EndsWith2ForAFileThatCannotBeRead) {
  test::ScratchFolder scratch;
  ProgramResult result = run({scratch.write("a.pth", "no weights")});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.output, "");
  EXPECT_THAT(result.errors, HasSubstr("a.pth: is not a supported checkpoint"));
  EXPECT_EQ(run({(scratch.path() / "none.pth").string()}).code, 2);
}

TEST(Weights, EndsWith1WhereTheConversionCannotBeWritten) {
  test::ScratchFolder scratch;
  const std::filesystem::path out = scratch.path() / "out.safetensors";
  std::filesystem::create_directory(out);
  ProgramResult result = run({checkpoint_fixture("torch.pth"), "--convert", out});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.errors, HasSubstr("cannot be written: Is a directory"));
  EXPECT_TRUE(std::filesystem::is_empty(out));
  result = run({checkpoint_fixture("torch.pth"), "--convert", scratch.path() / "out.bin"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.errors, HasSubstr("use a name that ends with .safetensors or .pth"));
}

namespace {

/// A folder of small configs of two methods: `pictures` and `video` have one model, `wide` another,
/// and `classes` a class more.
void write_configs(const test::ScratchFolder& folder) {
  const std::string model = R"(
    model.backbone = {type = "resnet", depth = 18, stem_channels = 8, res2_channels = 8, width_per_group = 8}
    model.pixel_decoder = {type = "msdeform", channels = 32, mask_channels = 32, layers = 1, heads = 2, feedforward = 16}
    model.decoder = {type = "mask2former", queries = 4, channels = 32, heads = 2, layers = 1, feedforward = 16}
  )";
  auto write = [&](const std::string& name, const std::string& more) {
    folder.write(name, model + more);
  };
  const std::string two = "classes.names = [\"cat\", \"dog\"]\nwindow.length = 1\n";
  write("configs/a/pictures.toml", two + "model.tracker = {type = \"none\"}\n");
  write("configs/a/video.toml", two + "model.tracker = {type = \"embedding\"}\n");
  write("configs/a/classes.toml",
        "classes.names = [\"a\", \"b\", \"c\"]\nwindow.length = 1\nmodel.tracker = {type = "
        "\"none\"}\n");
  write("configs/_base_/base.toml", "");
  folder.write("configs/a/metafile.toml", "name = \"no config\"\n");
  folder.write("configs/b/wide.toml", R"(
    extends = "../a/pictures.toml"
    [model.decoder]
    queries = 5
  )");
}

/// The weights of a config by rule, as a file.
std::string checkpoint_of(const test::ScratchFolder& folder, const std::string& config,
                          std::vector<CheckpointEntry> more = {}) {
  Pipeline pipeline(load_config((folder.path() / "configs" / config).string()), WeightRule());
  std::vector<CheckpointEntry> entries = std::move(more);
  for (const PipelineComponent& part : pipeline.components()) {
    for (const NamedParameter& one : named_parameters(*part.component)) {
      entries.push_back({one.name, one.value.detach()});
    }
  }
  std::string file = folder.path() / "weights.safetensors";
  write_safetensors(file, entries);
  return file;
}

}  // namespace

TEST(Weights, NamesTheConfigsThatACheckpointFits) {
  test::ScratchFolder scratch;
  setenv("CLIPWORK_PLUGIN_PATH", (test::build_dir() / "plugins").c_str(), 1);
  write_configs(scratch);
  const std::string folder = (scratch.path() / "configs").string();
  ProgramResult result =
      run({checkpoint_of(scratch, "a/video.toml"), "--which", "--configs", folder});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_EQ(result.output, "fits\n  a/pictures.toml\nfits\n  a/video.toml\n");

  result = run({checkpoint_of(scratch, "b/wide.toml"), "--which", "--configs", folder});
  EXPECT_EQ(result.output, "fits\n  b/wide.toml\n");

  result =
      run({checkpoint_of(scratch, "a/classes.toml"), "--which", "--configs", folder, "--json"});
  rapidjson::Document json;
  ASSERT_FALSE(json.Parse(result.output.c_str()).HasParseError()) << result.output;
  ASSERT_EQ(json.Size(), 4u);
  EXPECT_STREQ(json[0]["configs"][0].GetString(), "a/classes.toml");
  EXPECT_TRUE(json[0]["fits"].GetBool());
  EXPECT_FALSE(json[1]["loads"].GetBool());
}

TEST(Weights, SaysWhatIsLeftOverOrMissingWhereNothingFitsWhole) {
  test::ScratchFolder scratch;
  setenv("CLIPWORK_PLUGIN_PATH", (test::build_dir() / "plugins").c_str(), 1);
  write_configs(scratch);
  const std::string folder = (scratch.path() / "configs").string();
  // A later stage of a method holds more than this model wants.
  ProgramResult result =
      run({checkpoint_of(scratch, "b/wide.toml", {{"vita_module.fq_pos.weight", at::ones({4})}}),
           "--which", "--configs", folder});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_EQ(result.output,
            "loads, but leaves 1 tensors of the file unused (vita_module.fq_pos.weight ...)\n"
            "  b/wide.toml\n");

  result = run({checkpoint_fixture("torch.pth"), "--which", "--configs", folder});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.output, "fits no config: none has a parameter of these names and shapes\n");

  const Checkpoint whole = read_checkpoint(checkpoint_of(scratch, "a/video.toml"));
  std::vector<CheckpointEntry> half(whole.tensors.begin(),
                                    whole.tensors.begin() + whole.tensors.size() / 3);
  const std::string part = scratch.path() / "part.safetensors";
  write_safetensors(part, half);
  result = run({part, "--which", "--configs", folder});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.output, HasSubstr("fits no config\nnearest is\n"));
  EXPECT_THAT(result.output, HasSubstr("\nmissing "));
}

namespace {

/// The weights of the demo under changed names, written in the form that the file's name ends with.
template <class Rename>
std::string renamed_demo(const test::ScratchFolder& scratch, const std::string& name,
                         Rename rename) {
  const Checkpoint demo = read_checkpoint(test::source_dir() / "configs/demo/novis.safetensors");
  std::vector<CheckpointEntry> tensors;
  for (const CheckpointEntry& entry : demo.tensors) {
    tensors.push_back({rename(entry.name), entry.value});
  }
  tensors.push_back({"criterion.empty_weight", at::ones({41})});
  const std::string file = scratch.path() / name;
  name.ends_with(".pth") ? write_torch(file, tensors) : write_safetensors(file, tensors);
  return file;
}

}  // namespace

TEST(Weights, WithTheirWrappersFitTheConfigInEveryFormat) {
  test::ScratchFolder scratch;
  test::use_built_plugins();
  const std::string config = test::source_dir() / "configs/demo/novis.toml";
  for (const char* prefix :
       {"module.", "model.", "_orig_mod.", "_orig_mod.module.", "module._orig_mod.",
        "model._orig_mod.", "model.module.", "net.", "detector.", "modelStudent."}) {
    for (const char* ending : {".pth", ".safetensors"}) {
      const std::string file = renamed_demo(scratch, cat("w", ending),
                                            [&](const std::string& name) { return prefix + name; });
      const ProgramResult result = run({file, config});
      EXPECT_EQ(result.code, 0) << prefix << ending << "\n" << result.output;
      EXPECT_THAT(result.output, HasSubstr("\nunexpected 1: criterion.empty_weight"));
      EXPECT_THAT(result.output, HasSubstr("was dropped from"));
    }
  }
  bool odd = false;
  const std::string some = renamed_demo(scratch, "some.pth", [&](const std::string& name) {
    return ((odd = !odd) ? "module." : "") + name;
  });
  EXPECT_EQ(run({some, config}).code, 0);
}

TEST(Weights, OfABackboneNameTheProgramAndTheTrainingThatCanStartFromThem) {
  test::ScratchFolder scratch;
  test::use_built_plugins();
  write_configs(scratch);
  const std::string folder = (scratch.path() / "configs").string();
  const Checkpoint whole = read_checkpoint(checkpoint_of(scratch, "a/pictures.toml"));
  // torchvision's names of a ResNet-18, and those of its classifier.
  std::vector<CheckpointEntry> tensors = {{"fc.weight", at::ones({10, 64})},
                                          {"fc.bias", at::ones({10})}};
  for (const CheckpointEntry& entry : whole.tensors) {
    if (!entry.name.starts_with("backbone.")) continue;
    std::string name = entry.name.substr(std::string("backbone.").size());
    auto replace = [&](const std::string& from, const std::string& to) {
      if (const size_t at = name.find(from); at != name.npos) name.replace(at, from.size(), to);
    };
    replace("stem.conv1.norm", "bn1");
    replace("stem.", "");
    for (const char* stage : {"1", "2", "3", "4"}) {
      replace(cat("res", stage[0] - '0' + 1, "."), cat("layer", stage, "."));
      replace(cat("conv", stage, ".norm"), cat("bn", stage));
    }
    replace("shortcut.norm", "downsample.1");
    replace("shortcut", "downsample.0");
    tensors.push_back({name, entry.value});
  }
  const std::string file = scratch.path() / "resnet18.pth";
  write_torch(file, tensors);
  ProgramResult result = run({file, "--which", "--configs", folder});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.output,
              HasSubstr("names: torchvision ResNet-18, translated when the file is loaded"));
  EXPECT_THAT(result.output,
              HasSubstr("\nfits no config as a whole\n"
                        "a training can start from it, with `clipwork train CONFIG --weights FILE "
                        "--set 'weights.allow_missing=[\"^sem_seg_head\"]'`, of\n  "));
  result = run({file});
  EXPECT_THAT(result.output, HasSubstr("names: torchvision ResNet-18"));
  const std::string config = (scratch.path() / "configs/a/pictures.toml").string();
  const std::string error = test::error_of<InputError>(
      [&] { Pipeline pipeline(load_config(config), std::filesystem::path(file)); });
  EXPECT_THAT(error, HasSubstr("does not fit the model: it has no weights of sem_seg_head"));
  EXPECT_THAT(error, HasSubstr("to run, use the weights of a whole model"));
}

TEST(Weights, OfAKeyAreListedComparedAndConverted) {
  test::ScratchFolder scratch;
  const std::string both = scratch.path() / "both.safetensors";
  write_safetensors(both, {{"student.a", at::ones({1})}, {"teacher.a", at::ones({2})}});
  const std::string out = scratch.path() / "teacher.pth";
  ProgramResult result = run({both + "#teacher", "--convert", out});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("  a  Float [2]\n"));
  EXPECT_EQ(read_checkpoint(out).tensors.size(), 1u);
  result = run({both + "#nobody"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.errors, HasSubstr("has neither weights named 'nobody'"));
}

TEST(Weights, RefusesACheckpointOfAnotherModelWithTheDifference) {
  test::ScratchFolder scratch;
  setenv("CLIPWORK_PLUGIN_PATH", (test::build_dir() / "plugins").c_str(), 1);
  write_configs(scratch);
  std::string weights = checkpoint_of(scratch, "a/classes.toml");
  auto refusal = [&](const std::string& config) {
    try {
      Pipeline pipeline(load_config((scratch.path() / "configs" / config).string()), weights);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal("a/video.toml"), HasSubstr("the file has 3 classes, the config 2"));
  EXPECT_THAT(refusal("b/wide.toml"), HasSubstr("query_feat.weight (file [4, 32], model [5, 32])"));
  weights = checkpoint_fixture("torch.pth");
  EXPECT_THAT(refusal("a/video.toml"), HasSubstr("missing "));
}
