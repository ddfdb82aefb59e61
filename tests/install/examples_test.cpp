// The examples that are plugins: their configs are trained for a step and run, and, with
// CLIPWORK_EXAMPLES=1, each is built and tested as a project of its own against an installation.

#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/trainer.h>
#include <clipwork/make_component.h>
#include <gmock/gmock.h>

#include <regex>

#include "support.h"

using namespace clipwork;
using test::ProgramResult;
namespace fs = std::filesystem;

namespace {

constexpr const char* kExamples[] = {"byte_track", "convnext",  "ctvis",
                                     "dvis",       "gratt_vis", "likeness"};

fs::path built(const std::string& example) {
  return test::build_dir() / "tests/examples" / example;
}

/// A copy of the example's configs, in which this tree's are named by their paths: a test program
/// does not lie beside the configs that "clipwork:" means.
fs::path copy_of_configs(const test::ScratchFolder& scratch, const std::string& example) {
  for (const auto& entry : fs::directory_iterator(test::source_dir() / "examples" / example)) {
    if (entry.path().extension() != ".toml") continue;
    const std::string text =
        std::regex_replace(test::read_file(entry.path()), std::regex("clipwork:"),
                           (test::source_dir() / "configs").string() + "/");
    scratch.write(example + "/" + entry.path().filename().string(), text);
  }
  return scratch.path() / example;
}

Plan plan_of(const fs::path& config, const std::vector<Override>& changes = {}) {
  test::use_built_plugins();
  for (const char* example : kExamples) {
    for (const auto& entry : fs::directory_iterator(built(example))) {
      if (entry.path().extension() == ".so") Registry::instance().load(entry.path());
    }
  }
  return plan_pipeline(load_config(config.string(), changes));
}

/// Runs three frames. Returns how many tracks there are.
size_t run(const Pipeline& pipeline) {
  Stream stream = pipeline.open();
  const Tensor frames = picture_by_rule(1, 0, 3, 64, 96);
  for (int64_t t = 0; t < frames.size(0); ++t) {
    stream.push({frames[t], t, 0, {}});
  }
  const Finished finished = stream.finish();
  EXPECT_EQ(finished.result.frames, 3);
  return finished.result.tracks.size();
}

class TrainedExample : public testing::TestWithParam<std::pair<const char*, const char*>> {};

}  // namespace

TEST(Examples, RunWithTheModelOfAnother) {
  const test::ScratchFolder scratch;
  for (const char* example : {"byte_track", "convnext", "likeness"}) {
    SCOPED_TRACE(example);
    const fs::path config = copy_of_configs(scratch, example) / cat(example, ".toml");
    std::vector<Override> changes;
    // Scores of weights by rule are low.
    if (std::string(example) == "byte_track") {
      changes = {"model.tracker.high_score=0.2", "model.tracker.new_score=0.2"};
    }
    const Plan plan = plan_of(config, changes);
    ASSERT_EQ(plan.faults.text(), "");
    EXPECT_GT(run(Pipeline(plan, WeightRule())), 0U);
  }
}

TEST_P(TrainedExample, TrainsAStepAndRuns) {
  const test::ScratchFolder scratch;
  const fs::path folder = copy_of_configs(scratch, GetParam().first);
  const Plan plan = plan_of(folder / GetParam().second,
                            {"train.batch=1", "train.workers=0", "data.train.first.frames=3",
                             "data.train.second.frames=3", "preprocess.short_edge=64"});
  ASSERT_EQ(plan.faults_for_training().text(), "");
  const Pipeline pipeline = Pipeline::for_training(plan, InitialWeights());
  const Value& table = *plan.config.find("data.train");
  const auto samples = std::dynamic_pointer_cast<const Samples>(
      make_component("samples", *table.find("type")->text(), table));
  Communicator world;
  Trainer trainer(pipeline, samples, world);
  const std::vector<CheckpointEntry> before = [&] {
    std::vector<CheckpointEntry> entries = trainer.raw_weights();
    for (CheckpointEntry& entry : entries) entry.value = entry.value.clone();
    return entries;
  }();
  const StepReport report = trainer.step();
  EXPECT_GT(report.gradient_norm, 0);
  const std::vector<CheckpointEntry> after = trainer.raw_weights();
  ASSERT_EQ(before.size(), after.size());
  // What is frozen stays, to the last bit, and what is trained does not.
  int changed = 0;
  const bool only_a_part = !plan.train.only.empty();
  for (size_t i = 0; i < after.size(); ++i) {
    const bool same = before[i].value.equal(after[i].value);
    changed += !same;
    if (!only_a_part || same) continue;
    EXPECT_TRUE(std::regex_search(after[i].name, std::regex(plan.train.only[0]))) << after[i].name;
  }
  EXPECT_GT(changed, 10);
  const fs::path file = scratch.path() / "model.safetensors";
  write_safetensors(file, after);
  run(Pipeline(plan, file));
}

INSTANTIATE_TEST_SUITE_P(All, TrainedExample,
                         testing::Values(std::pair("ctvis", "ctvis.toml"),
                                         std::pair("gratt_vis", "gratt_vis.toml"),
                                         std::pair("dvis", "dvis.toml"),
                                         std::pair("dvis", "dvis_offline.toml")));

TEST(Examples, AreProjectsOfTheirOwn) {
  if (!std::getenv("CLIPWORK_EXAMPLES")) {
    GTEST_SKIP() << "builds six plugins against an installation; set CLIPWORK_EXAMPLES=1";
  }
  const test::ScratchFolder scratch;
  const fs::path prefix = scratch.path() / "prefix";
  auto must_run = [](const std::string& command) {
    const ProgramResult result = test::run_program(command);
    EXPECT_EQ(result.code, 0) << command << "\n" << result.output << result.errors;
    return result.output;
  };
  must_run(
      cat("cmake --install '", test::build_dir().string(), "' --prefix '", prefix.string(), "'"));
  for (const std::string example : kExamples) {
    SCOPED_TRACE(example);
    const fs::path source = scratch.path() / example, folder = scratch.path() / (example + ".out");
    fs::copy(test::source_dir() / "examples" / example, source, fs::copy_options::recursive);
    must_run(cat("cmake -S '", source.string(), "' -B '", folder.string(),
                 "' -G Ninja -DCMAKE_PREFIX_PATH='", prefix.string(), "'"));
    must_run(cat("cmake --build '", folder.string(), "'"));
    EXPECT_THAT(must_run(cat("ctest --test-dir '", folder.string(), "'")),
                testing::HasSubstr("100% tests passed"));
    must_run(cat("'", (prefix / "bin/clipwork").string(), "' config check '",
                 (source / (example + ".toml")).string(), "' --plugin-path '", folder.string(),
                 "'"));
  }
}
