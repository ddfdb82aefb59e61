// The trained model that is shipped finds what it was trained to find.

#include <rapidjson/document.h>

#include "runner/run_here.h"

namespace clipwork::test {
namespace {

TEST(ShippedModel, FindsObjectsInVideosThatItHasNotSeen) {
  use_built_plugins();
  ScratchFolder scratch;
  const std::string config = (source_dir() / "configs/demo/novis.toml").string();
  const std::string out = (scratch.path() / "out").string();
  const ProgramResult done = run_here({"eval", config, "--out", out, "--quiet", "--set",
                                       "data.eval.videos=8", "--set", "run.threads=1"});
  ASSERT_EQ(done.code, 0) << done.errors;
  rapidjson::Document scores;
  scores.Parse(read_file(scratch.path() / "out/metrics.json").c_str());
  ASSERT_FALSE(scores.HasParseError());
  EXPECT_GT(scores["stats"]["AP"].GetDouble(), 0.65);
}

}  // namespace
}  // namespace clipwork::test
