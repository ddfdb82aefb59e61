// clipwork weights: what it prints and writes.

#include <ATen/ops/equal.h>
#include <clipwork/checkpoint.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "program.h"
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
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  int code = cli::run_program(arguments);
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
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
  EXPECT_THAT(result.output, HasSubstr("written to " + out));
  Checkpoint before = read_checkpoint(fixture("torch_legacy.pth")), after = read_checkpoint(out);
  EXPECT_EQ(after.format, "safetensors");
  EXPECT_EQ(after.metadata.at("iteration"), "5");
  for (const auto& entry : before.tensors) {
    EXPECT_TRUE(at::equal(*after.find(entry.name), entry.value)) << entry.name;
  }
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
  EXPECT_THAT(result.errors, HasSubstr("a.pth: is not a checkpoint"));
  EXPECT_EQ(run({(scratch.path() / "none.pth").string()}).code, 2);
}

TEST(Weights, EndsWith1WhereTheConversionCannotBeWritten) {
  test::ScratchFolder scratch;
  ProgramResult result = run({fixture("torch.pth"), "--convert", scratch.path()});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.errors, HasSubstr("cannot be written: Is a directory"));
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}
