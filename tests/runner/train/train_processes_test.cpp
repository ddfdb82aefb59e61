// clipwork train in two processes: they take the steps that one takes, and end together.

#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "processes.h"
#include "runner/tiny_training.h"
#include "show/scalars.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Its loss draws no points, so that it does not matter how many processes draw.
constexpr const char* kWithoutPoints = R"(
[loss]
replace = true
type = "set"
mask_cost = 0.0
dice_cost = 0.0
points = 8
terms = {ce = {type = "class"}}

[data.train]
frames = 1

[train]
steps = 4
batch = 2
rate = 1e-3
checkpoint_every = 2
log_every = 1
workers = 1
)";

struct TrainProcesses : testing::Test {
  static void SetUpTestSuite() { use_built_plugins(); }
  ScratchFolder scratch;
  std::string config = write_tiny_training(scratch, kWithoutPoints);
  fs::path out(const char* name) const { return scratch.path() / name; }
  std::vector<std::string> words(const fs::path& out, const std::vector<std::string>& sets) const {
    std::vector<std::string> words = {(build_dir() / "bin/clipwork").string(), "train", config,
                                      "--out", out.string()};
    for (const std::string& set : sets) words.insert(words.end(), {"--set", set});
    return words;
  }
  std::vector<pid_t> start_two(const fs::path& out, const std::vector<std::string>& sets) const {
    const int port = free_port();
    std::vector<pid_t> children;
    for (int rank : {0, 1}) {
      children.push_back(start_in_group(words(out, sets), rank, 2, port, "/dev/null"));
    }
    return children;
  }
  /// Two that train until they are told otherwise, at work.
  std::vector<pid_t> start_endless(const fs::path& out) const {
    std::vector<pid_t> children = start_two(out, {"train.steps=100000"});
    wait_until([&] { return read_file(out / "scalars.jsonl").size() > 200; });
    return children;
  }
};

}  // namespace

TEST_F(TrainProcesses, TakeTheStepsThatOneTakes) {
  for (pid_t child : start_two(out("two"), {})) EXPECT_EQ(exit_code(child), 0);
  ASSERT_EQ(exit_code(start(words(out("one"), {}))), 0);
  runs::Scalars two = runs::read_scalars(out("two")), one = runs::read_scalars(out("one"));
  for (const char* key : {"loss", "loss_ce", "loss_ce_0", "grad_norm"}) {
    const auto &there = two.curves[key].points, &here = one.curves[key].points;
    ASSERT_EQ(there.size(), 4u) << key;
    ASSERT_EQ(here.size(), 4u) << key;
    for (size_t i = 0; i < here.size(); ++i) {
      EXPECT_NEAR(there[i].value, here[i].value, 1e-4 * here[i].value) << key << " " << i;
    }
  }
  // Half the batch would be another training.
  ASSERT_EQ(exit_code(start(words(out("half"), {"train.batch=1"}))), 0);
  const double half = runs::read_scalars(out("half")).curves["loss"].points[3].value;
  EXPECT_GT(std::abs(half - one.curves["loss"].points[3].value), 1e-3);
}

TEST_F(TrainProcesses, EndWithASentenceWhenOneIsKilled) {
  std::vector<pid_t> children = start_endless(out("run"));
  ::kill(children[1], SIGKILL);
  EXPECT_EQ(exit_code(children[0]), 1);
  exit_code(children[1]);
  EXPECT_THAT(read_file(out("run") / "run.json"), HasSubstr("process 1 has ended or hangs"));
}

TEST_F(TrainProcesses, SaveAndEndTogetherWhenOneIsInterrupted) {
  std::vector<pid_t> children = start_endless(out("run"));
  ::kill(children[1], SIGINT);
  EXPECT_EQ(exit_code(children[0]), 130);
  EXPECT_EQ(exit_code(children[1]), 130);
  EXPECT_THAT(read_file(out("run") / "run.json"), HasSubstr("interrupted after step"));
}

}  // namespace clipwork::test
