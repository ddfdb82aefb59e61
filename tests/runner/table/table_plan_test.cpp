// Table files and their plans: every mistake is one sentence at its place, before anything runs.

#include <gmock/gmock.h>

#include "runner/run_here.h"
#include "runner/table/tiny_table.h"
#include "support.h"
#include "table/table_plan.h"

using namespace clipwork;
using namespace clipwork::table;
using test::ProgramResult;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

class TablePlanTest : public testing::Test {
 protected:
  test::ScratchFolder scratch_;
  test::WorkingFolder inside_{scratch_.path()};

  static void SetUpTestSuite() { test::use_built_plugins(); }
  void SetUp() override { test::write_tiny_base(scratch_); }

  /// What the check of the file says.
  ProgramResult checked(const std::string& text) {
    scratch_.write("a.toml", text);
    return test::run_here({"table", "a.toml", "--dry-run"});
  }
  ProgramResult checked_rows(const std::string& rows) { return checked(test::kTinyTop + rows); }
  /// The tiny table with a part of its text changed.
  ProgramResult changed(const std::string& from, const std::string& to) {
    std::string text = cat(test::kTinyTop, test::kTinyRows);
    const size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return checked(text.replace(at, from.size(), to));
  }
};

}  // namespace

TEST_F(TablePlanTest, PrintsTrainingsAndTheEvaluationsThatShareThem) {
  const ProgramResult result = checked_rows(test::kTinyRows);
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_EQ(result.output,
            "edition synthetic:\n"
            "  train  slow, seed 0: 3 steps\n"
            "  train  full, seed 0: 3 steps\n"
            "  eval   slow, seed 0, with the weights of slow, seed 0\n"
            "  eval   buffer, seed 0, with the weights of full, seed 0\n"
            "  eval   full, seed 0, with the weights of full, seed 0\n"
            "  never  other: not a method of Clipwork\n"
            "  2 trainings, 3 evaluations\n");
}

TEST_F(TablePlanTest, MinutesAreMeasuredForAChosenEdition) {
  scratch_.write("a.toml", cat(test::kTinyTop, test::kTinyRows));
  const ProgramResult result =
      test::run_here({"table", "a.toml", "--dry-run", "--edition", "synthetic"});
  EXPECT_THAT(result.output,
              testing::ContainsRegex("train  slow, seed 0: 3 steps, [0-9.]+ minutes\n"));
  EXPECT_THAT(result.output, HasSubstr("minutes on one core\n"));
  EXPECT_FALSE(std::filesystem::exists("runs"));
}

TEST_F(TablePlanTest, MistakesInTheFileAreNamedWithTheirPlace) {
  EXPECT_EQ(
      changed("reference", "referenc").errors,
      "error: a.toml:5:1: the table has no parameter 'referenc'; did you mean 'reference'?\n");
  EXPECT_THAT(changed("\"tracking.AssA\"", "\"tracking.AsA\"").errors,
              HasSubstr("a.toml:4:18: columns: there is no measure 'tracking.AsA'; did you mean "
                        "'tracking.AssA'?"));
  EXPECT_THAT(changed("AP = 20.9", "AP57 = 20.9").errors,
              HasSubstr("a.toml:12:11: paper: the table has no column 'AP57'; did you mean 'AP'?"));
  EXPECT_THAT(changed("edition.synthetic", "edition.sintetic").errors,
              HasSubstr("a.toml:6:10: there is no edition 'sintetic'; did you mean 'synthetic'?"));
  EXPECT_THAT(changed("train.rate=1e-6", "train.rate").errors,
              HasSubstr("a.toml:11:10: train: 'train.rate' is not KEY=VALUE"));
  EXPECT_THAT(changed("name = \"full\"", "name = \"slow\"").errors,
              HasSubstr("two rows are called 'slow'"));
  EXPECT_THAT(changed("reference = \"full\"", "reference = \"ful\"").errors,
              HasSubstr("a.toml:5:13: reference: there is no row 'ful'; did you mean 'full'?"));
  EXPECT_EQ(changed("name", "nam").code, 2);
}

TEST_F(TablePlanTest, MistakesInValuesAreNamedWithTheirPlace) {
  EXPECT_EQ(changed("model.tracker.buffer=3", "model.tracker.bufer=3").errors,
            "error: a.toml:16:9: model.tracker has no parameter 'bufer'; did you mean 'buffer'?\n");
  const ProgramResult base = changed("base = \"tiny.toml\"", "base = \"tyny.toml\"");
  EXPECT_THAT(base.errors, HasSubstr("a.toml:7:8: row 'slow' as training: there is no config"));
  EXPECT_EQ(base.code, 2);
}

TEST_F(TablePlanTest, ValuesThatChangeNothingAreFaults) {
  EXPECT_EQ(
      changed("model.tracker.buffer=3", "model.tracker.buffer=1").errors,
      "error: a.toml:16:9: row 'buffer': 'model.tracker.buffer=1' changes nothing in edition "
      "'synthetic'; the base already resolves model.tracker.buffer to this value; remove it\n");
  EXPECT_THAT(changed("[\"train.rate=1e-6\"]", "[\"train.rate=1e-6\", \"train.batch=2\"]").errors,
              HasSubstr("a.toml:11:29: row 'slow': 'train.batch=2' changes nothing"));
}

TEST_F(TablePlanTest, RowsThatResolveAlikeAreFaults) {
  EXPECT_THAT(changed("eval = [\"model.tracker.buffer=3\"]", "").errors,
              HasSubstr("rows 'buffer' and 'full' resolve to the same values in edition "
                        "'synthetic'"));
}

TEST_F(TablePlanTest, WeightsAreThoseOfAnotherRowThatIsTrained) {
  EXPECT_THAT(changed("weights = \"full\"", "weights = \"ful\"").errors,
              HasSubstr("a.toml:15:11: weights: there is no row 'ful'; did you mean 'full'?"));
  EXPECT_EQ(changed("name = \"full\"", "name = \"full\"\nweights = \"buffer\"").errors,
            "error: a.toml:15:11: rows share weights in a circle: buffer -> full -> buffer; one of "
            "them must have a training of its own\n");
  EXPECT_THAT(changed("weights = \"full\"", "weights = \"other\"").errors,
              HasSubstr("weights: row 'other' is never run"));
  EXPECT_THAT(
      changed("weights = \"full\"", "weights = \"full\"\ntrain = [\"train.rate=1e-5\"]").errors,
      HasSubstr("row 'buffer' has values of its own for training, but shares the training "
                "of 'full'"));
}

TEST_F(TablePlanTest, ValuesOfInferenceMustNotChangeTheShapesOfWeights) {
  const std::string said = changed("model.tracker.buffer=3", "model.decoder.queries=5").errors;
  EXPECT_THAT(said,
              HasSubstr("a.toml:14:8: row 'buffer': its values of inference need the weight"));
  EXPECT_THAT(said,
              HasSubstr("of shape [5, 32], but its training makes [4, 32]; values that change "
                        "the model belong to 'train'"));
}

TEST_F(TablePlanTest, WeightsThatDoNotFitAreFoundBeforeAnythingRuns) {
  const std::string weights = (test::source_dir() / "configs/demo/novis.safetensors").string();
  std::string rows = test::kRuleRows;
  rows.replace(rows.find("rule"), 4, weights);
  EXPECT_THAT(checked_rows(rows).errors, HasSubstr("row 'buffer': the weights " + weights));
}

TEST_F(TablePlanTest, TrainingsNeedWeightsToBeginWith) {
  scratch_.write("tiny.toml", test::read_file("tiny.toml") + "\n");
  const ProgramResult result = changed("start = \"initial\"", "set = ['weights.file=\"\"']");
  EXPECT_THAT(result.errors, HasSubstr("row 'slow' is to be trained in edition 'synthetic', but "
                                       "there are no weights to begin with"));
}

TEST_F(TablePlanTest, GridsAreRowsForEachCombination) {
  const ProgramResult result = checked_rows(
      "[edition.synthetic]\nbase = \"tiny.toml\"\nweights = \"rule\"\n"
      "[[row]]\nname = \"full\"\neval = [\"tracks.top_k=7\"]\n"
      "[[row]]\nname = \"b {model.tracker.buffer} k {tracks.top_k}\"\n"
      "grid = { \"model.tracker.buffer\" = [1, 2], \"tracks.top_k\" = [3, 4] }\n");
  EXPECT_THAT(result.output,
              HasSubstr("  eval   b 1 k 3\n  eval   b 1 k 4\n  eval   b 2 k 3\n  eval "
                        "  b 2 k 4\n"))
      << result.errors;
  EXPECT_THAT(checked_rows("[[row]]\nname = \"full\"\n[[row]]\nname = \"b\"\n"
                           "grid = { \"model.tracker.buffer\" = [1, 2] }\n")
                  .errors,
              HasSubstr("the name 'b' does not have {model.tracker.buffer}"));
}

TEST_F(TablePlanTest, EditionsHaveTheirOwnBasesOverlaysAndReasons) {
  scratch_.write("overlay.toml", "[tracks]\ntop_k = 3\n");
  const ProgramResult result = checked_rows(
      "[edition.synthetic]\nweights = \"rule\"\n[edition.paper]\nbase = \"tiny.toml\"\n"
      "weights = \"rule\"\n"
      "[[row]]\nname = \"full\"\n[row.synthetic_edition]\nbase = \"tiny.toml\"\n"
      "[[row]]\nname = \"overlaid\"\noverlay = \"overlay.toml\"\n[row.synthetic_edition]\n"
      "missing = \"no such model\"\n");
  EXPECT_EQ(result.output,
            "edition synthetic:\n  eval   full\n  never  overlaid: no such model\n"
            "  0 trainings, 1 evaluation\n"
            "edition paper:\n  eval   full\n  eval   overlaid\n  0 trainings, 2 evaluations\n")
      << result.errors;
}

TEST_F(TablePlanTest, SeedsAndDataMultiplyTheRunsOfARowAndSharedTrainingsAreOne) {
  scratch_.write("a.toml",
                 cat(test::kTinyTop,
                     "[edition.synthetic]\nbase = \"tiny.toml\"\nstart = \"initial\"\n"
                     "seeds = [0, 1]\ndata = [{ name = \"a\", set = [\"data.eval.videos=2\"] }, "
                     "{ name = \"b\", set = [\"data.eval.videos=3\"] }]\n"
                     "[[row]]\nname = \"full\"\n"));
  const TableFile file = read_table_file("a.toml");
  Faults faults;
  const TablePlan plan = plan_table(file, file.editions[0], {}, faults);
  EXPECT_TRUE(faults.empty()) << faults.text();
  // The data of evaluation does not change the training.
  EXPECT_EQ(std::ranges::count(plan.jobs, true, &Job::trains), 2);
  EXPECT_EQ(plan.jobs.size(), 6u);
  EXPECT_EQ(plan.rows[0].runs.size(), 4u);
  const TablePlan one = plan_table(file, file.editions[0], {{}, std::vector<int64_t>{5}}, faults);
  EXPECT_EQ(one.jobs.size(), 3u);
  EXPECT_EQ(one.rows[0].runs[0].seed, 5);
}

TEST_F(TablePlanTest, TablesThatCannotBeRunSaySo) {
  scratch_.write("a.toml", cat(test::kTinyTop, "[[row]]\nname = \"full\"\nours = false\n"));
  const ProgramResult none = test::run_here({"table", "a.toml"});
  EXPECT_THAT(none.errors, HasSubstr("a.toml: the table has no edition, so it cannot be run"));
  EXPECT_EQ(test::run_here({"table", "a.toml", "--dry-run"}).code, 0);
  const ProgramResult seed = test::run_here({"table", "a.toml", "--seed", "1"});
  EXPECT_THAT(seed.errors, HasSubstr("use --seeds 0,1"));
  EXPECT_THAT(test::run_here({"table", "a.toml", "--seeds", "0,x"}).errors,
              HasSubstr("--seeds: expected different seeds as in 0,1, found '0,x'"));
}

TEST_F(TablePlanTest, TheLongestVideoNeedsABudget) {
  const std::string text = cat(test::kTinyTop, test::kRuleRows);
  const std::string column = "\"tracking.AssA\"";
  std::string without = text;
  without.replace(text.find(column), column.size(), "\"memory.longest_video\"");
  EXPECT_THAT(checked(without).errors,
              HasSubstr("a.toml:4:1: edition.synthetic does not say how much memory the longest "
                        "video may take; write budget_mb = 12000 below [edition.synthetic]"));
  std::string with = without;
  with.insert(with.find("weights = "), "budget_mb = 100\n");
  EXPECT_EQ(checked(with).code, 0);
}

TEST_F(TablePlanTest, ClaimsAreDifferencesOrDirections) {
  scratch_.write("a.toml", cat(test::kTinyTop,
                               "[[row]]\nname = \"full\"\n[[row]]\nname = \"x\"\n"
                               "claim = { AP = \"below\", \"tracking.AssA\" = 1.5 }\n"));
  const TableFile file = read_table_file("a.toml");
  EXPECT_EQ(file.rows[1].claim.at("AP"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(file.rows[1].claim.at("tracking.AssA"), 1.5);
  EXPECT_THAT(checked_rows("[[row]]\nname = \"full\"\nclaim = { AP = \"up\" }\n").errors,
              HasSubstr("expected a difference, \"above\" or \"below\", found \"up\""));
}
