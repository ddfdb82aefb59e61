// The folder of a training, or of one of its checkpoints, given as a config or as weights.

#include <ATen/ops/equal.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/checkpoint_store.h>
#include <clipwork/value.h>
#include <gmock/gmock.h>

#include "runner/json_of.h"
#include "runner/run_here.h"
#include "runner/tiny_training.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kTraining = R"(
[loss]
points = 32

[data.train]
frames = 2

[data.eval]
videos = 2

[train]
steps = 4
batch = 2
rate = 1e-2
average = 0.5
checkpoint_every = 2
log_every = 1
workers = 1
keep = 10
)";

/// A training with evaluations, which no test changes.
struct Trained {
  ScratchFolder scratch;
  std::string config = write_tiny_training(scratch, kTraining);
  fs::path start = fs::canonical(scratch.path()) / "start.safetensors";
  fs::path run = fs::canonical(scratch.path()) / "run";
  ProgramResult done;

  Trained() {
    // Weights of their own to begin with, some of which are missing.
    const Words begin = {"train", config, "--out", path("begin"), "--set", "train.steps=1"};
    EXPECT_EQ(run_here(begin).code, 0);
    const Checkpoint first = read_checkpoint(scratch.path() / "begin/checkpoints/iter_0000000");
    std::vector<CheckpointEntry> entries = first.tensors;
    std::erase_if(entries, [](const CheckpointEntry& one) {
      return one.name.find("class_embed") != one.name.npos;
    });
    write_safetensors(start, entries);
    done = run_here({"train", config, "--weights", start.string(), "--out", run.string(), "--set",
                     "weights.allow_missing=['class_embed']", "--set", "train.evaluate_every=2"});
  }
  std::string path(const std::string& name) const { return (scratch.path() / name).string(); }
  fs::path checkpoint(const std::string& name) const { return run / "checkpoints" / name; }
  /// The best checkpoint under its own name.
  fs::path best() const { return fs::canonical(checkpoint("best_AP")); }
};

const Trained& trained() {
  static const Trained one;
  return one;
}

class TrainedFolder : public testing::Test {
 protected:
  static void SetUpTestSuite() { use_built_plugins(); }
  void SetUp() override { ASSERT_EQ(trained().done.code, 0) << trained().done.errors; }
  ScratchFolder scratch_;
  int runs_ = 0;
  std::string said_;  ///< by the last run, on standard error

  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }
  /// The weights that `clipwork eval CONFIG` runs: their file and hash.
  std::string weights_of(const std::string& config, const Words& more = {}) {
    const std::string out = path(cat("out", ++runs_));
    const ProgramResult result = run_here(with({"eval", config, "--out", out}, more));
    EXPECT_EQ(result.code, 0) << result.errors;
    said_ = result.errors;
    return json_of(fs::path(out) / "run.json")["weights"].GetString();
  }
  std::string results() const { return read_file(path(cat("out", runs_, "/results.json"))); }
  static std::string file_and_hash(const fs::path& checkpoint) {
    const fs::path file = checkpoint / kModelFile;
    return cat(file.string(), " (SHA-256 ", read_checkpoint(file).sha256(), ")");
  }
};

TEST_F(TrainedFolder, OfACheckpointAsConfigMeansItsOwnWeights) {
  const fs::path checkpoint = trained().checkpoint("iter_0000002");
  EXPECT_EQ(weights_of(checkpoint.string()), file_and_hash(checkpoint));
  const std::string own = results();
  EXPECT_EQ(weights_of((checkpoint / "config.toml").string()), file_and_hash(checkpoint));
  EXPECT_EQ(results(), own);
  weights_of(trained().config, {"--weights", checkpoint.string()});
  EXPECT_EQ(results(), own);
  weights_of(trained().checkpoint("iter_0000000").string());
  EXPECT_NE(results(), own) << "a training that changes nothing proves nothing";
}

TEST_F(TrainedFolder, AsConfigMeansItsBestCheckpointAndSaysSo) {
  EXPECT_EQ(weights_of(trained().run.string()), file_and_hash(trained().best()));
  EXPECT_THAT(said_, HasSubstr(cat("using the best checkpoint by AP, ",
                                   trained().best().filename().string())));
  EXPECT_EQ(weights_of((trained().run / "config.toml").string()), file_and_hash(trained().best()));
  EXPECT_EQ(weights_of(trained().checkpoint("best_AP").string()), file_and_hash(trained().best()));
}

TEST_F(TrainedFolder, AsWeightsMeansItsBestCheckpointToo) {
  EXPECT_EQ(weights_of(trained().config, {"--weights", trained().run.string()}),
            file_and_hash(trained().best()));
}

TEST_F(TrainedFolder, GivesWayToWeightsThatAreGiven) {
  const fs::path other = trained().checkpoint("iter_0000000");
  EXPECT_EQ(weights_of(trained().run.string(), {"--weights", (other / kModelFile).string()}),
            file_and_hash(other));
}

TEST_F(TrainedFolder, MayBeCopiedMovedOrLinked) {
  fs::copy(trained().run, path("copy"),
           fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  const fs::path copy = fs::canonical(path("copy"));
  EXPECT_EQ(weights_of(copy.string()),
            file_and_hash(copy / "checkpoints" / trained().best().filename()));
  fs::rename(copy, path("moved"));
  const fs::path moved = fs::canonical(path("moved"));
  const fs::path last = moved / "checkpoints/iter_0000004";
  EXPECT_EQ(weights_of(last.string()), file_and_hash(last));
  fs::create_directory_symlink(last, path("link"));
  EXPECT_EQ(weights_of(path("link")), file_and_hash(last));
  // One checkpoint alone, elsewhere, beside files of the same name.
  fs::copy(last, path("alone"));
  const WorkingFolder inside(scratch_.path());
  scratch_.write(kModelFile, "not these");
  ::setenv("CLIPWORK_DATA", scratch_.path().c_str(), 1);
  EXPECT_EQ(weights_of("alone"), file_and_hash(fs::canonical("alone")));
  ::unsetenv("CLIPWORK_DATA");
}

TEST_F(TrainedFolder, WithoutAnEvaluationMeansItsLastCheckpointAndSaysSo) {
  const std::string out = path("run");
  ASSERT_EQ(run_here({"train", trained().config, "--out", out}).code, 0);
  EXPECT_EQ(weights_of(out), file_and_hash(fs::canonical(out) / "checkpoints/iter_0000004"));
  EXPECT_THAT(said_, HasSubstr("no evaluation chose a best checkpoint; using the last, "
                               "iter_0000004"));
}

TEST_F(TrainedFolder, MeansTheBestByTheMeasureThatItWasTrainedFor) {
  const std::string out = path("run");
  const Words train = {"train", trained().config,  "--out", out,
                       "--set", "train.best=AR10", "--set", "train.evaluate_every=2"};
  ASSERT_EQ(run_here(train).code, 0);
  EXPECT_EQ(weights_of(out), file_and_hash(fs::canonical(fs::path(out) / "checkpoints/best_AR10")));
  // Two measures: that of the config counts.
  const fs::path checkpoints = fs::path(out) / "checkpoints";
  fs::create_directory_symlink("iter_0000000", checkpoints / "best_AP");
  EXPECT_EQ(weights_of(out), file_and_hash(fs::canonical(checkpoints / "best_AR10")));
}

TEST_F(TrainedFolder, NamesWhatItTrainedAndNotWhatItBeganWith) {
  for (const fs::path& folder : {trained().run, trained().checkpoint("iter_0000004")}) {
    const std::string config = read_file(folder / "config.toml");
    EXPECT_THAT(config, Not(HasSubstr("start.safetensors"))) << folder;
    EXPECT_THAT(config, AllOf(HasSubstr("file = \"./"), HasSubstr("allow_missing = []"))) << folder;
  }
  const ProgramResult shown = run_here({"config", "show", trained().run.string()});
  EXPECT_EQ(shown.code, 0) << shown.errors;
  EXPECT_THAT(shown.output, HasSubstr(cat("file = \"", (trained().best() / kModelFile).string())));
  const ProgramResult listed =
      run_here({"weights", trained().run.string(), trained().run.string()});
  EXPECT_EQ(listed.code, 0) << listed.output << listed.errors;
  EXPECT_THAT(listed.output, testing::StartsWith((trained().best() / kModelFile).string()));
}

TEST_F(TrainedFolder, IsWhereAnotherTrainingBegins) {
  const ProgramResult done =
      run_here({"train", trained().run.string(), "--out", path("next"), "--set", "train.steps=1"});
  ASSERT_EQ(done.code, 0) << done.errors;
  const Checkpoint first = read_checkpoint(path("next/checkpoints/iter_0000000"));
  const Checkpoint best = read_checkpoint(trained().best());
  EXPECT_EQ(first.metadata.at("train.parent"), best.sha256());
  for (const CheckpointEntry& entry : best.tensors) {
    EXPECT_TRUE(at::equal(entry.value, *first.find(entry.name))) << entry.name;
  }
}

TEST_F(TrainedFolder, OfAStageBeginsAnotherTrainingWithoutItsParent) {
  const ProgramResult staged =
      run_here({"train", trained().config, "--weights", trained().run.string(), "--out",
                path("stage"), "--set", "train.parent=first", "--set", "train.stage=second"});
  ASSERT_EQ(staged.code, 0) << staged.errors;
  const ProgramResult next =
      run_here({"train", path("stage"), "--out", path("next"), "--set", "train.steps=1"});
  EXPECT_EQ(next.code, 0) << next.errors;
}

TEST_F(TrainedFolder, ResumesWithTheConfigThatItBeganWithAndWithItsOwn) {
  const std::string out = path("run");
  const Words begin = {"--weights", trained().start.string(), "--set",
                       "weights.allow_missing=['class_embed']"};
  const Words more = {"--resume", "--allow", "train.steps", "--set"};
  ASSERT_EQ(run_here(with(with({"train", trained().config, "--out", out}, begin),
                          {"--set", "train.steps=2"}))
                .code,
            0);
  ProgramResult resumed = run_here(
      with(with(with({"train", trained().config, "--out", out}, begin), more), {"train.steps=3"}));
  EXPECT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("resuming from iter_0000002"));
  EXPECT_THAT(resumed.errors, HasSubstr("1 steps in"));
  EXPECT_THAT(resumed.errors, HasSubstr("3 of 3 in all"));
  resumed = run_here(with(with({"train", out, "--out", out}, more), {"train.steps=4"}));
  EXPECT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("resuming from iter_0000003"));
}

TEST_F(TrainedFolder, GivesItsClassesToAConfigWithoutAny) {
  const std::string text = cat("extends = \"", trained().config, "\"\n[classes]\nreplace = true\n");
  const std::string model = scratch_.write("model.toml", text).string();
  const ProgramResult done =
      run_here({"run", model, "--weights", trained().run.string(), "--input", "dataset:val",
                "--out", path("out"), "--set", "data.eval.videos=1"});
  EXPECT_EQ(done.code, 0) << done.errors;
}

TEST_F(TrainedFolder, IsNotRunUnderClassesInAnotherOrder) {
  const std::string checkpoint = trained().checkpoint("iter_0000004").string();
  const ProgramResult shown = run_here({"config", "show", checkpoint, "--json"});
  rapidjson::Document json;
  json.Parse(shown.output.c_str());
  std::vector<std::string> names;
  for (const auto& name : json["config"]["classes"]["names"].GetArray()) {
    names.emplace_back(name.GetString());
  }
  std::swap(names[0], names[1]);
  const std::string swapped =
      cat("classes.names=", Value(Value::Array(names.begin(), names.end())).toml());
  const std::string input = path("shapes.ppm");
  scratch_.write("shapes.ppm", "P6\n32 32\n255\n" + std::string(3 * 32 * 32, 'a'));
  const Words run = {"run", checkpoint, "--input", input, "--out", path("out"), "--set"};
  const ProgramResult refused = run_here(with(run, {swapped}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors,
              AllOf(HasSubstr(cat("its class 1 is '", names[1], "', but class 1 of the config is '",
                                  names[0], "'")),
                    HasSubstr("classes.names = [")));
  EXPECT_FALSE(fs::exists(path("out")));
}

}  // namespace
}  // namespace clipwork::test
