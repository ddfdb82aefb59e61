// clipwork table runs jobs as processes of the program: shared, interrupted, killed and failed.

#include <clipwork/text.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>

#include "runner/child.h"
#include "runner/table/tiny_table.h"
#include "support.h"

using namespace clipwork;
using test::count;
using test::ProgramResult;
using test::read_file;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> folders(const fs::path& in) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(in)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

class TableTest : public testing::Test {
 protected:
  test::ScratchFolder scratch_;
  static constexpr const char* kPages = "t_a_synthetic";

  static std::string program() { return (test::build_dir() / "bin/clipwork").string(); }
  void SetUp() override {
    test::write_tiny_base(scratch_);
    write(test::kTinyRows);
  }
  void write(const std::string& rows) { scratch_.write("a.toml", cat(test::kTinyTop, rows)); }
  fs::path path(const std::string& name) const { return scratch_.path() / name; }
  std::vector<std::string> words(const std::string& out) const {
    return {program(), "table", path("a.toml"), "--out", path(out), "--jobs", "2"};
  }
  ProgramResult run(const std::string& out, const std::string& more = "") const {
    return test::run_program(join(words(out), " ") + " " + more);
  }
  std::string page(const std::string& out, const std::string& name = "table.csv") const {
    return read_file(path(out) / kPages / name);
  }
};

}  // namespace

TEST_F(TableTest, RunsTrainingsAndEvaluationsAndTheSameTableAgainHasTheSameBytes) {
  const ProgramResult first = run("out");
  ASSERT_EQ(first.code, 0) << first.errors;
  EXPECT_THAT(first.output, HasSubstr("| slow | "));
  EXPECT_THAT(first.errors, HasSubstr("training full, seed 0 in "));
  EXPECT_EQ(folders(path("out/train")).size(), 2u);
  EXPECT_EQ(folders(path("out/eval")).size(), 3u);
  const std::vector<const char*> names = {"table.json", "table.md", "table.csv", "table.tex",
                                          "table.html"};
  std::vector<std::string> pages;
  for (const char* name : names) pages.push_back(page("out", name));
  const ProgramResult again = run("out");
  EXPECT_EQ(again.code, 0) << again.errors;
  EXPECT_THAT(again.errors, Not(HasSubstr("training full")));
  for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(page("out", names[i]), pages[i]) << names[i];

  // A row that is new runs, and nothing else.
  write(cat(test::kTinyRows,
            "[[row]]\nname = \"new\"\nweights = \"full\"\neval = [\"model.tracker.buffer=2\"]\n"));
  const ProgramResult wider = run("out");
  EXPECT_THAT(wider.errors, HasSubstr("evaluating new, seed 0"));
  EXPECT_EQ(count(wider.errors, "training ") + count(wider.errors, "evaluating "), 1u)
      << wider.errors;

  // After `kill -9` the rest runs, and results are those of a table that was never disturbed.
  write(
      "[edition.synthetic]\nbase = \"tiny.toml\"\nstart = \"initial\"\n[[row]]\nname = \"full\"\n");
  const pid_t table = test::start(words("killed"));
  test::wait_until([&] {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(path("killed/train"), none)) {
      if (fs::exists(entry.path() / "checkpoints/iter_0000001")) return true;
    }
    return false;
  });
  ::kill(table, SIGKILL);
  test::exit_code(table);
  const ProgramResult rest = run("killed");
  EXPECT_EQ(rest.code, 0) << rest.errors;
  const fs::path training = folders(path("killed/train")).at(0),
                 evaluation = folders(path("killed/eval")).at(0);
  const std::string log = read_file(training / "log.txt");
  EXPECT_EQ(count(log, "resuming from iter_"), 1u) << log;
  EXPECT_EQ(count(log, ": 3 of 3 steps"), 1u) << log;
  EXPECT_EQ(read_file(evaluation / "results.json"),
            read_file(path("out/eval") / evaluation.filename() / "results.json"));
}

TEST_F(TableTest, TwoProcessesInOneFolderShareTheWork) {
  write(cat(test::kRuleRows,
            "[[row]]\nname = \"k {tracks.top_k}\"\ngrid = { \"tracks.top_k\" = [2, 3] }\n"));
  const pid_t one = test::start(words("out")), other = test::start(words("out"));
  EXPECT_EQ(test::exit_code(one), 0);
  EXPECT_EQ(test::exit_code(other), 0);
  const std::vector<fs::path> jobs = folders(path("out/eval"));
  EXPECT_EQ(jobs.size(), 4u);
  for (const fs::path& folder : jobs) {
    EXPECT_EQ(count(read_file(folder / "log.txt"), ": 2 of 2 videos"), 1u) << folder;
    EXPECT_FALSE(fs::exists(folder / "lock"));
  }
  EXPECT_THAT(page("out"), HasSubstr("\"k 2\",\"\",\"AP\","));
}

TEST_F(TableTest, AnInterruptedTableSaysHowToResume) {
  write(test::kRuleRows);
  const int status = test::interrupted(words("out"), [&] { return fs::exists(path("out/eval")); });
  // It may have been quicker than the signal.
  EXPECT_TRUE(WIFEXITED(status) && (WEXITSTATUS(status) == 130 || WEXITSTATUS(status) == 0))
      << status;
  EXPECT_EQ(run("out").code, 0);
}

TEST_F(TableTest, AFailedJobMarksItsCellsAndTheOthersGoOn) {
  write(
      "[edition.synthetic]\nbase = \"tiny.toml\"\nstart = \"initial\"\n"
      "[[row]]\nname = \"wild\"\ntrain = [\"train.rate=1000.0\", \"train.clip_norm=0.0\"]\n"
      "[[row]]\nname = \"full\"\n[row.synthetic_edition]\nweights_file = \"rule\"\n");
  const ProgramResult result = run("out");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.errors, HasSubstr("training wild, seed 0 failed: "));
  EXPECT_THAT(page("out", "table.md"), HasSubstr("* wild: failed: "));
  EXPECT_THAT(page("out"), HasSubstr("\"wild\",\"\",\"AP\",,,0,"));
  EXPECT_THAT(page("out"), HasSubstr("\"full\",\"\",\"AP\",0,,1,"));
  EXPECT_EQ(run("out", "--report").code, 1);
  // The next run tries it again, and nothing else.
  const ProgramResult again = run("out");
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(count(again.errors, "training wild, seed 0 in "), 1u) << again.errors;
  EXPECT_EQ(count(again.errors, "evaluating "), 0u) << again.errors;
}

TEST_F(TableTest, ShardsInFoldersOfTheirOwnAreBroughtTogether) {
  write(test::kRuleRows);
  for (const char* shard : {"1", "2"}) {
    const ProgramResult part = run(cat("part", shard), cat("--shard ", shard, "/2"));
    EXPECT_EQ(part.code, 0) << part.errors;
    EXPECT_THAT(part.output, HasSubstr("use --report"));
    EXPECT_EQ(folders(path(cat("part", shard, "/eval"))).size(), 1u);
    fs::create_directories(path("both"));
    fs::copy(path(cat("part", shard)) / "eval", path("both/eval"), fs::copy_options::recursive);
  }
  EXPECT_EQ(run("both", "--report").code, 0);
  EXPECT_THAT(page("both", "table.md"), Not(HasSubstr("not run yet")));
  EXPECT_EQ(run("part1", "--report").code, 0);
  EXPECT_THAT(page("part1", "table.md"), HasSubstr("not run yet"));
}

TEST_F(TableTest, ExpectationsThatDoNotHoldAreExitCodeThree) {
  write(cat(test::kRuleRows, "paper = { AP = 50.0 }\n"));
  EXPECT_EQ(run("out", "--only full").code, 0);
  EXPECT_EQ(folders(path("out/eval")).size(), 1u);
  EXPECT_THAT(page("out", "table.md"), HasSubstr("* buffer: not run yet\n"));
  EXPECT_THAT(run("out", "--only ful").errors,
              HasSubstr("--only: there is no row 'ful'; did you mean 'full'?"));
  write(
      cat("[edition.synthetic.tolerance]\nAP = 1.0\n", test::kRuleRows, "paper = { AP = 50.0 }\n"));
  const ProgramResult outside = run("out", "--only full");
  EXPECT_EQ(outside.code, 3);
  EXPECT_THAT(outside.errors, HasSubstr("1 cell differs from the paper by more than"));
}
