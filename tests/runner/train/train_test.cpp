// clipwork train: what stops it loses nothing, and what goes on goes on bit for bit.

#include <ATen/ops/equal.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/checkpoint_store.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>
#include <sys/resource.h>

#include <csignal>
#include <map>
#include <random>

#include "plugins/datasets/dataset_files.h"
#include "runner/child.h"
#include "runner/json_of.h"
#include "runner/run_here.h"
#include "runner/tiny_training.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kOwn = R"(
[loss]
points = 32

[data.train]
frames = 2

[data.eval]
videos = 2

[train]
steps = 20
batch = 2
rate = 1e-3
average = 0.9
checkpoint_every = 5
log_every = 1
workers = 1
)";

/// A config that others change by --set.
struct Configs : testing::Test {
  static void SetUpTestSuite() { use_built_plugins(); }
  ScratchFolder scratch;
  std::string config = write_tiny_training(scratch, kOwn);
  Words training(const fs::path& out, const Words& more = {}) const {
    Words words = {"train", config, "--out", out.string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  fs::path out(const char* name) const { return scratch.path() / name; }
};
using Train = Configs;

Words as_program(Words words) {
  words.insert(words.begin(), (build_dir() / "bin/clipwork").string());
  return words;
}

/// Runs the program in a process of its own.
int run_apart(const Words& words) {
  const pid_t child = start(as_program(words));
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

fs::path newest(const fs::path& run) {
  const CheckpointStore store(run / "checkpoints");
  const auto step = store.newest();
  return step ? store.path(*step) : fs::path();
}

/// Every tensor of a checkpoint equal bit by bit.
void expect_same(const fs::path& a, const fs::path& b) {
  for (const char* name : {"model.safetensors", "trainer.safetensors"}) {
    const Checkpoint one = read_checkpoint(a / name), other = read_checkpoint(b / name);
    ASSERT_EQ(one.tensors.size(), other.tensors.size()) << a << " " << b;
    ASSERT_FALSE(one.tensors.empty());
    for (const CheckpointEntry& entry : one.tensors) {
      const Tensor* same = other.find(entry.name);
      ASSERT_TRUE(same) << entry.name;
      EXPECT_TRUE(at::equal(entry.value, *same)) << name << ": " << entry.name;
    }
  }
}

/// Of every step that was logged: what does not depend on the clock.
std::map<int64_t, std::map<std::string, double>> scalars(const fs::path& run) {
  std::map<int64_t, std::map<std::string, double>> steps;
  std::ifstream stream(run / "scalars.jsonl");
  for (std::string line; std::getline(stream, line);) {
    rapidjson::Document json;
    json.Parse<rapidjson::kParseFullPrecisionFlag>(line.c_str());
    EXPECT_FALSE(json.HasParseError()) << line;
    if (json.HasParseError() || !json.HasMember("lr")) continue;
    const int64_t step = json["iter"].GetInt64();
    EXPECT_FALSE(steps.contains(step)) << "step " << step << " stands twice";
    for (const auto& member : json.GetObject()) {
      const std::string name = member.name.GetString();
      if (name == "time" || name == "data_time" || name == "memory" || name == "eta") continue;
      steps[step][name] = member.value.GetDouble();
    }
  }
  return steps;
}

TEST_F(Train, LearnsAndLeavesWhatOthersTakeUp) {
  const auto done = run_here(training(out("a"), {"--set", "train.evaluate_every=10"}));
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("20 of 20 steps"));
  const auto steps = scalars(out("a"));
  ASSERT_EQ(steps.size(), 20u);
  for (const char* key : {"lr", "loss", "loss_ce", "loss_mask", "loss_dice", "loss_ce_0"}) {
    EXPECT_TRUE(steps.at(1).contains(key)) << key;
  }
  EXPECT_LT(steps.at(20).at("loss"), steps.at(1).at("loss"));
  EXPECT_THAT(read_file(out("a") / "scalars.jsonl"), HasSubstr("\"AP50\""));
  EXPECT_TRUE(fs::exists(out("a") / "eval/iter_0000010/metrics.json"));
  EXPECT_TRUE(fs::exists(out("a") / "checkpoints/best_AP/model.safetensors"));
  size_t pictures = 0, events = 0;
  const bool draws = environment_path("CLIPWORK_VIDEO") != "OFF";
  if (draws) {
    for (const auto& entry : fs::directory_iterator(out("a") / "vis/iter_0000010")) {
      pictures += read_file(entry.path()).starts_with("\xFF\xD8");
    }
  }
  for (const auto& entry : fs::directory_iterator(out("a"))) {
    events += entry.path().filename().string().starts_with("events.out.tfevents.");
  }
  EXPECT_EQ(pictures, draws ? 2u : 0u);
  EXPECT_EQ(events, 1u);
  EXPECT_THAT(read_file(out("a") / "run.json"), HasSubstr("\"complete\""));
  const auto again = run_here(training(out("a"), {"--resume", "--set", "train.evaluate_every=10"}));
  EXPECT_EQ(again.code, 0) << again.errors;
  const auto refused = run_here(training(out("a")));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("--resume"));
}

TEST_F(Train, GoesOnBitForBitWithAnotherNumberOfWorkers) {
  ASSERT_EQ(run_apart(training(out("whole"))), 0);
  ASSERT_EQ(run_apart(training(out("parts"), {"--set", "train.steps=7"})), 0);
  ASSERT_EQ(run_apart(training(out("parts"),
                               {"--resume", "--allow", "train.steps", "--set", "train.workers=3"})),
            0);
  expect_same(newest(out("whole")), newest(out("parts")));
  EXPECT_EQ(scalars(out("whole")), scalars(out("parts")));
  EXPECT_EQ(scalars(out("parts")).size(), 20u);
}

TEST_F(Train, LosesNothingWhenItIsKilled) {
  const char* asked = std::getenv("CLIPWORK_KILLS");
  const int kills = asked ? std::atoi(asked) : 10;
  const Words often = {"--set", "train.checkpoint_every=1"};
  ASSERT_EQ(run_apart(training(out("whole"), often)), 0);
  std::mt19937 random(20261126);
  int killed = 0, started = 0;
  Words resume = with(often, {"--resume"});
  for (int attempt = 0; killed < kills && attempt < 10 * kills; ++attempt) {
    const bool there = !newest(out("killed")).empty();
    const pid_t child = start(as_program(training(out("killed"), there ? resume : often)));
    // The later kills come while it trains and saves, which begins after some tenths of a second.
    const auto steps_before = CheckpointStore(out("killed") / "checkpoints").steps();
    if (attempt % 3 != 0) {
      wait_until([&] {
        return CheckpointStore(out("killed") / "checkpoints").steps() != steps_before ||
               ::waitpid(child, nullptr, WNOHANG) != 0;
      });
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 150000));
    ::kill(child, SIGKILL);
    int status = 0;
    if (::waitpid(child, &status, 0) == child && WIFSIGNALED(status)) ++killed;
    ++started;
    if (newest(out("killed")).filename() == "iter_0000020") fs::remove_all(out("killed"));
  }
  EXPECT_EQ(killed, kills) << "of " << started;
  const bool there = !newest(out("killed")).empty();
  ASSERT_EQ(run_apart(training(out("killed"), there ? resume : often)), 0);
  expect_same(newest(out("whole")), newest(out("killed")));
  EXPECT_EQ(scalars(out("whole")), scalars(out("killed")));
}

TEST_F(Train, PassesOverATornCheckpointByName) {
  ASSERT_EQ(run_here(training(out("a"), {"--set", "train.steps=10"})).code, 0);
  fs::resize_file(out("a") / "checkpoints/iter_0000010/model.safetensors", 100);
  const auto resumed = run_here(training(out("a"), {"--set", "train.steps=10", "--resume"}));
  EXPECT_EQ(resumed.code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("skipped iter_0000010"));
  EXPECT_THAT(resumed.errors, HasSubstr("resuming from iter_0000005"));
  EXPECT_EQ(newest(out("a")).filename(), "iter_0000010");
}

TEST_F(Train, StopsWhereTheConfigDiffersUnlessItMay) {
  ASSERT_EQ(run_here(training(out("a"), {"--set", "train.steps=2"})).code, 0);
  const Words other =
      training(out("a"), {"--resume", "--set", "train.steps=3", "--set", "train.rate=0.5", "--set",
                          "data.train.dataset.videos=5"});
  const auto overfits =
      run_here(training(out("a"), {"--resume", "--set", "train.steps=2", "--overfit", "1"}));
  EXPECT_EQ(overfits.code, 2);
  EXPECT_THAT(overfits.errors, HasSubstr("overfit: checkpoint 0 samples (0: all), now 1"));
  const auto refused = run_here(other);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("train.steps: checkpoint 2, now 3"));
  EXPECT_THAT(refused.errors, HasSubstr("train.rate: checkpoint 0.001, now 0.5"));
  EXPECT_THAT(refused.errors, HasSubstr("data: the samples differ from those of the checkpoint"));
  const auto still = run_here(with(other, {"--allow", "train"}));
  EXPECT_EQ(still.code, 2);
  EXPECT_THAT(still.errors, Not(HasSubstr("\n  train.rate: there")));
  const auto allowed = run_here(with(other, {"--allow", "train", "--allow", "data"}));
  EXPECT_EQ(allowed.code, 0) << allowed.errors;
}

TEST_F(Train, ResumesOnlyWhatIsThere) {
  const auto done = run_here(training(out("nothing"), {"--resume"}));
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.errors, HasSubstr("there is no checkpoint to resume from"));
}

TEST_F(Train, SavesBeforeItEndsWhenItIsInterrupted) {
  const Words words =
      training(out("a"), {"--set", "train.steps=100000", "--set", "train.checkpoint_every=100000"});
  const int status = interrupted(as_program(words), [&] {
    return read_file(out("a") / "scalars.jsonl").find("\"iter\":3,") != std::string::npos;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const auto steps = scalars(out("a"));
  EXPECT_EQ(newest(out("a")).filename().string(), CheckpointStore::name(steps.rbegin()->first));
  EXPECT_THAT(read_file(out("a") / "run.json"), HasSubstr("interrupted after step"));
}

TEST_F(Train, StopsOnAFullDiskAndKeepsTheOldCheckpoint) {
  // A limit that the tensors of a checkpoint break and the texts do not.
  ASSERT_EQ(run_apart(training(out("a"), {"--set", "train.steps=5"})), 0);
  const std::string command =
      cat("ulimit -f 20; ", (build_dir() / "bin/clipwork").string(), " train ", config, " --out ",
          out("a").string(), " --resume --allow train.steps --set train.steps=10");
  const auto full = run_program(cat("bash -c '", command, "'"));
  EXPECT_EQ(full.code, 1) << full.errors;
  EXPECT_THAT(full.errors, HasSubstr("cannot be written: File too large"));
  EXPECT_EQ(newest(out("a")).filename(), "iter_0000005");
  EXPECT_EQ(run_apart(training(out("a"),
                               {"--resume", "--allow", "train.steps", "--set", "train.steps=10"})),
            0);
}

TEST_F(Train, ResumesWithoutAPluginThatItNeverUsed) {
  const fs::path plugin = build_dir() / "tests/fixtures/twin.so";
  fs::create_directory(out("plugins"));
  fs::copy(plugin, out("plugins") / "twin.so");
  const Words one = {"--set", "train.steps=1"}, two = {"--set", "train.steps=2"};
  ASSERT_EQ(run_apart(training(out("a"), with(one, {"--plugin-path", out("plugins").string()}))),
            0);
  EXPECT_EQ(run_apart(training(out("a"), with(two, {"--resume", "--allow", "train.steps"}))), 0);
}

TEST_F(Train, KeepsTheBatchThatIsNotANumberAndReplaysIt) {
  const Words broken = {"--set", "train.clip_norm=0", "--set", "train.rate=1000",
                        "--set", "train.steps=200"};
  const auto stopped = run_here(training(out("a"), broken));
  ASSERT_EQ(stopped.code, 1) << stopped.output;
  EXPECT_THAT(stopped.errors, HasSubstr("not finite"));
  const auto file = out("a") / "refused_batch.safetensors";
  ASSERT_TRUE(fs::exists(file)) << stopped.errors;
  const auto replayed =
      run_here(with(with({"train", config}, broken), {"--replay", file.string()}));
  EXPECT_EQ(replayed.code, 1);
  EXPECT_EQ(replayed.errors, stopped.errors.substr(stopped.errors.rfind("error")));
}

TEST_F(Train, TakesTheMeanOverPartsOfABatch) {
  ASSERT_EQ(run_here(training(out("whole"), {"--set", "train.steps=1"})).code, 0);
  ASSERT_EQ(
      run_here(training(out("parts"), {"--set", "train.steps=1", "--set", "train.accumulate=2"}))
          .code,
      0);
  const auto whole = scalars(out("whole")).at(1), parts = scalars(out("parts")).at(1);
  // Objects are counted part by part, so that the two are near and not equal.
  EXPECT_NEAR(parts.at("loss"), whole.at("loss"), 0.15 * whole.at("loss"));
  EXPECT_NEAR(parts.at("grad_norm"), whole.at("grad_norm"), 0.3 * whole.at("grad_norm"));
  EXPECT_NE(parts.at("loss"), whole.at("loss"));
  const auto refused = run_here(training(out("c"), {"--set", "train.accumulate=3"}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("train.batch 2 cannot be divided"));
}

TEST_F(Train, ReckonsIn16BitsWhereItIsToldTo) {
  ASSERT_EQ(run_here(training(out("full"), {"--set", "train.steps=1"})).code, 0);
  const auto half = run_here(
      training(out("half"), {"--set", "train.steps=1", "--set", "train.precision=bfloat16"}));
  ASSERT_EQ(half.code, 0) << half.errors;
  const double a = scalars(out("full")).at(1).at("loss"), b = scalars(out("half")).at(1).at("loss");
  EXPECT_NE(a, b);
  EXPECT_NEAR(a, b, 0.02 * a);
}

TEST_F(Train, OverfitsAFewSamples) {
  const auto done = run_here(
      training(out("a"), {"--overfit", "1", "--set", "train.steps=40", "--set", "train.batch=1"}));
  ASSERT_EQ(done.code, 0) << done.errors;
  const auto steps = scalars(out("a"));
  EXPECT_LT(steps.at(40).at("loss"), 0.8 * steps.at(1).at("loss"));
}

TEST_F(Train, SaysWhatABatchTakesAndWritesNothing) {
  const auto done = run_here({"train", config, "--dry-run", "--set", "train.evaluate_every=5",
                              "--set", "train.freeze=[\"^backbone\"]"});
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("parameters trained"));
  EXPECT_THAT(done.output, HasSubstr("parameters frozen"));
  EXPECT_THAT(done.output, HasSubstr("MB"));
  EXPECT_THAT(done.output, HasSubstr("one video of [data.eval] succeeded"));
}

TEST_F(Train, SaysTheWindowsOfAClipAndWarnsIfTheLastIsShorter) {
  const std::string novis = (source_dir() / "configs/novis/tiny.toml").string();
  const std::string file =
      scratch.write("windows.toml", cat("extends = \"", novis, "\"\n", kTinyTraining)).string();
  const auto tried = [&](const char* length, const char* stride) {
    return run_here({"train", file, "--dry-run", "--set", "data.train.frames=4", "--set",
                     cat("window.length=", length), "--set", cat("window.stride=", stride)});
  };
  const auto equal = tried("2", "1");
  ASSERT_EQ(equal.code, 0) << equal.errors;
  EXPECT_THAT(equal.output, HasSubstr("windows of a clip    3 of 2 frames each\n"));
  EXPECT_THAT(equal.errors, Not(HasSubstr("windows")));
  const auto unequal = tried("3", "2");
  ASSERT_EQ(unequal.code, 0) << unequal.errors;
  EXPECT_THAT(unequal.output, HasSubstr("windows of a clip    2 of 3 frames, the last of 2\n"));
  EXPECT_THAT(unequal.errors,
              HasSubstr("the 4 frames of a training clip make windows: 2 of 3 frames, the last of "
                        "2; clips of 3 or 5 frames (data.train) would fill every window"));
  const auto one = tried("4", "2");
  EXPECT_THAT(one.output, HasSubstr("windows of a clip    1 of 4 frames\n"));
}

TEST_F(Train, ReportsTheFaultsOfItsDataAndIsAnErrorIfStrict) {
  CLIPWORK_NEEDS_VIDEO();
  for (int t = 0; t < 2; ++t) scratch.write(cat("images/v/", t, ".jpg"), ppm(32, 32));
  const auto annotation = [](int id, int category) {
    return cat(
        "{'id': ", id, ", 'video_id': 1, 'category_id': ", category,
        ", 'iscrowd': 0, 'areas': [512, 512], 'segmentations': [{'size': [32, 32], 'counts': "
        "[0, 512, 512]}, {'size': [32, 32], 'counts': [0, 512, 512]}]}");
  };
  const std::string file =
      scratch
          .write("a.json",
                 json(cat("{'videos': [{'id': 1, 'width': 32, 'height': 32, 'length': 2, "
                          "'file_names': ['v/0.jpg', 'v/1.jpg']}], 'categories': [{'id': 1, "
                          "'name': 'cat'}], 'annotations': [",
                          annotation(1, 0), ", ", annotation(2, 1), "]}")))
          .string();
  const std::string data = cat("type = 'youtube_vis'\nannotations = '", file, "'\nimages = '",
                               (scratch.path() / "images").string(), "'\n");
  config =
      scratch
          .write("faulty.toml",
                 cat("extends = ['", config, "']\n[classes]\nreplace = true\nnames = ['cat']\n",
                     "[data.train]\nreplace = true\ntype = 'clips'\nframes = 2\n",
                     "[data.train.dataset]\n", data, "[data.eval]\nreplace = true\n", data,
                     "[train]\nsteps = 1\nbatch = 1\nworkers = 0\nevaluate_every = 1\n"))
          .string();
  const auto sentence = [&](const char* place) {
    return cat(place,
               " has 1 fault (video 1 (v), annotation 1: unknown category 0; it is left out); see "
               "`clipwork dataset check ",
               file, " --images ", (scratch.path() / "images").string(), "`");
  };
  for (const char* word : {"--dry-run", "--out"}) {
    Words words = {"train", config, "--strict", word};
    if (word == std::string("--out")) words.push_back(out("strict").string());
    const auto strict = run_here(words);
    EXPECT_EQ(strict.code, 2) << word;
    EXPECT_THAT(strict.errors, HasSubstr("are errors: " + sentence("data.train"))) << word;
  }
  EXPECT_FALSE(fs::exists(out("strict")));
  const auto done = run_here(training(out("a")));
  ASSERT_EQ(done.code, 0) << done.errors;
  const auto state = json_of(out("a") / "run.json");
  ASSERT_EQ(state["remarks"].Size(), 2u);
  EXPECT_EQ(state["remarks"][0].GetString(), sentence("data.train"));
  EXPECT_EQ(state["remarks"][1].GetString(), sentence("data.eval"));
  EXPECT_THAT(done.errors, HasSubstr(sentence("data.train")));
}

TEST_F(Train, DryRunSeesWhatWouldStopTheTraining) {
  const Words dry = {"--dry-run"};
  // The weights are of another stage than the config asks for.
  ASSERT_EQ(
      run_here(training(out("a"), {"--set", "train.steps=2", "--set", "train.stage=first"})).code,
      0);
  const std::string weights = (newest(out("a")) / "model.safetensors").string();
  const auto parent =
      run_here({"train", config, "--dry-run", "--weights", weights, "--set", "train.parent=other"});
  EXPECT_EQ(parent.code, 2);
  EXPECT_THAT(parent.errors, HasSubstr("weights of stage 'first'"));
  const auto none = run_here({"train", config, "--dry-run", "--set", "train.parent=other"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.errors, HasSubstr("train.parent requires the weights of stage 'other'"));
  // The folder is another training's, or cannot be one.
  const auto taken = run_here(training(out("a"), dry));
  EXPECT_EQ(taken.code, 2);
  EXPECT_THAT(taken.errors, HasSubstr("already contains the checkpoints of a training"));
  scratch.write("file", "");
  const auto below = run_here(training(out("file") / "below/run", dry));
  EXPECT_EQ(below.code, 2);
  EXPECT_THAT(below.errors, HasSubstr("file: is a file, not a folder"));
}

TEST_F(Train, DryRunTakesTheWholeCommandAndWritesNothing) {
  const auto begin = run_here(training(out("new") / "run", {"--dry-run"}));
  EXPECT_EQ(begin.code, 0) << begin.errors;
  EXPECT_FALSE(fs::exists(out("new")));
  ASSERT_EQ(run_here(training(out("a"), {"--set", "train.steps=2"})).code, 0);
  const Words resume = {"--resume", "--set", "train.steps=3", "--dry-run"};
  const auto refused = run_here(training(out("a"), resume));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("train.steps: checkpoint 2, now 3"));
  const auto allowed = run_here(training(out("a"), with(resume, {"--allow", "train.steps"})));
  EXPECT_EQ(allowed.code, 0) << allowed.errors;
  EXPECT_THAT(allowed.output, HasSubstr("continues            iter_0000002"));
  EXPECT_EQ(newest(out("a")).filename(), "iter_0000002");
}

TEST_F(Train, TriesTheEvaluationBeforeItTrains) {
  const auto done = run_here(
      training(out("a"), {"--set", "train.evaluate_every=5", "--set", "classes.names=[\"a\"]",
                          "--set", "data.eval.profile=\"ytvis_like\""}));
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.errors, HasSubstr("classes"));
  EXPECT_FALSE(fs::exists(out("a")));
}

TEST_F(Train, WarnsOfABatchThatTheRecipeIsNotMeantFor) {
  const auto done = run_here({"train", config, "--dry-run", "--set", "train.recipe_batch=16"});
  EXPECT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.errors, HasSubstr("the batch is 2, but rate 0.001 and 20 steps are meant for a "
                                     "batch of 16"));
  EXPECT_THAT(done.errors, HasSubstr("0.000125"));
}

TEST_F(Train, EndsEachStageOfARecipeBeforeTheNextAndRefusesAWrongParent) {
  const std::string recipe = scratch
                                 .write("recipe.toml", R"(
[[stages]]
name = "first"
config = "tiny.toml"
set = ["train.steps=2"]
[[stages]]
name = "second"
config = "tiny.toml"
set = ["train.steps=3", "run.seed=5"]
)")
                                 .string();
  const Words words = {"train", recipe, "--out", out("a").string()};
  const auto done = run_here(words);
  ASSERT_EQ(done.code, 0) << done.errors;
  const auto first = read_checkpoint(newest(out("a") / "first") / "model.safetensors");
  const auto second = read_checkpoint(newest(out("a") / "second") / "model.safetensors");
  EXPECT_EQ(second.metadata.at("train.parent"), first.sha256());
  EXPECT_EQ(second.metadata.at("train.stage"), "second");
  const auto again = run_here(with(words, {"--resume"}));
  EXPECT_EQ(again.code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("stage 'first' is finished"));
  EXPECT_THAT(again.errors, HasSubstr("stage 'second' is finished"));
  // Another first stage than the second began with.
  fs::remove_all(out("a") / "first");
  ASSERT_EQ(run_here(training(out("a") / "first", {"--set", "train.steps=2", "--set", "run.seed=9",
                                                   "--set", "train.stage=first"}))
                .code,
            0);
  const auto wrong = run_here(with(words, {"--resume"}));
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("started from other weights"));
}

TEST_F(Train, RefusesWeightsOfAnotherStageThanItAsksFor) {
  ASSERT_EQ(
      run_here(training(out("a"), {"--set", "train.steps=1", "--set", "train.stage=picture"})).code,
      0);
  const std::string weights = (newest(out("a")) / "model.safetensors").string();
  const auto refused =
      run_here(training(out("b"), {"--weights", weights, "--set", "train.parent=video"}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("weights of stage 'picture'"));
}

}  // namespace
}  // namespace clipwork::test
