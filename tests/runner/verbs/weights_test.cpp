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

std::string fixture(const std::string& name) {
  return test::source_dir() / "tests" / "data" / "checkpoint" / name;
}

ProgramResult run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "weights");
  return test::run_here(arguments);
}

}  // namespace

TEST(Weights, ListsNamesTypesShapesAndTotals) {
  ProgramResult result = run({fixture("torch.pth")});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("torch.pth: pth (zip), 5 tensors, 21 values, 0.0 MiB"));
  EXPECT_THAT(result.output, HasSubstr("  bfloat  BFloat16 [2]\n"));
  EXPECT_THAT(result.output, HasSubstr("beside the weights: iteration = 5\n"));
  EXPECT_THAT(result.output, HasSubstr("remark: 'args' needs 'argparse.Namespace'"));
}

TEST(Weights, PrintsTheSameAsJson) {
  ProgramResult result = run({fixture("torch.pth"), "--json"});
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
  ProgramResult result = run({fixture("torch_legacy.pth"), "--convert", out});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("wrote " + out));
  Checkpoint before = read_checkpoint(fixture("torch_legacy.pth")), after = read_checkpoint(out);
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
  ProgramResult result = run({fixture("torch.pth"), config});
  EXPECT_EQ(result.code, 3) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("does not fit " + config + ": loaded 0 of 1"));
  EXPECT_THAT(result.output, HasSubstr("\nunexpected 5: ramp, view"));

  result = run({fixture("torch.pth"), config, "--set", "weights.allow_missing=[\"\"]", "--json"});
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
  ProgramResult result = run({fixture("torch.pth"), "--convert", out});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.errors, HasSubstr("cannot be written: Is a directory"));
  EXPECT_TRUE(std::filesystem::is_empty(out));
  result = run({fixture("torch.pth"), "--convert", scratch.path() / "out.bin"});
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

  result = run({fixture("torch.pth"), "--which", "--configs", folder});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.output, HasSubstr("fits no config\nnearest is\n"));
  EXPECT_THAT(result.output, HasSubstr("\nmissing "));
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
  weights = fixture("torch.pth");
  EXPECT_THAT(refusal("a/video.toml"), HasSubstr("missing "));
}
