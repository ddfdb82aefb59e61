#include <rapidjson/document.h>

#include "support.h"

using namespace clipwork::test;

namespace {

ProgramResult bench(const std::string& arguments) {
  return run_program((build_dir() / "bin/clipwork").string() + " bench " +
                     (source_dir() / "configs/minvis/tiny.toml").string() + " " + arguments);
}

}  // namespace

TEST(Bench, GivesTheFrameInUnitsOfYAndEveryStage) {
  ProgramResult result = bench("--rounds 3 --json");
  // A busy machine is a measurement that does not hold, not a failure of the program.
  ASSERT_TRUE(result.code == 0 || result.code == 3) << result.errors;
  rapidjson::Document json;
  ASSERT_FALSE(json.Parse(result.output.c_str()).HasParseError()) << result.output;
  EXPECT_EQ(json["noisy"].GetBool(), result.code == 3);
  EXPECT_EQ(json["rounds"].GetInt(), 3);
  double y = json["y"]["minimum_seconds"].GetDouble();
  double frame = json["frame"]["minimum_seconds"].GetDouble();
  EXPECT_GT(y, 0);
  EXPECT_NEAR(json["ratio"].GetDouble(), frame / y, 1e-6);
  double stages = 0;
  for (const char* name :
       {"preprocess", "backbone", "pixel_decoder", "encode", "decode", "track", "settle"}) {
    ASSERT_TRUE(json["stages"].HasMember(name)) << name;
    stages += json["stages"][name]["minimum_seconds"].GetDouble();
  }
  // The stages are what a frame consists of.
  EXPECT_GT(stages, 0.5 * frame);
  EXPECT_LT(stages, 1.1 * frame);
}

TEST(Bench, RefusesNoRounds) {
  ProgramResult result = bench("--rounds 0");
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.errors.find("at least 1"), std::string::npos) << result.errors;
}

TEST(Bench, MeasuresWindowsThatShareFramesInTheirSteadyState) {
  // Windows of 4 frames every 1: each call of the loop completes one, whatever came before.
  ProgramResult result = run_program((build_dir() / "bin/clipwork").string() + " bench " +
                                     (source_dir() / "configs/novis/tiny.toml").string() +
                                     // The system counts user time in steps of some milliseconds,
                                     // so no stage may be shorter.
                                     " --set preprocess.short_edge=360 --set "
                                     "preprocess.long_edge=640 --set window.stride=1 "
                                     "--rounds 3 --json");
  ASSERT_TRUE(result.code == 0 || result.code == 3) << result.errors;
  rapidjson::Document json;
  ASSERT_FALSE(json.Parse(result.output.c_str()).HasParseError()) << result.output;
  EXPECT_GT(json["stages"]["decode"]["minimum_seconds"].GetDouble(), 0);
  EXPECT_GT(json["stages"]["settle"]["minimum_seconds"].GetDouble(), 0);
}
