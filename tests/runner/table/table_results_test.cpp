// Joining of seeds and data, differences, verdicts and pages, against numbers computed by hand.

#include <gmock/gmock.h>

#include <limits>

#include "support.h"
#include "table/job_record.h"
#include "table/table_pages.h"
#include "table/table_results.h"

using namespace clipwork;
using namespace clipwork::table;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

/// A table whose evaluations have the speeds that a test gives, and no results of videos.
class Speeds {
 public:
  explicit Speeds(std::vector<std::string> columns = {"speed.fps"}) {
    table_.name = "t.toml";
    table_.title = "Speeds & more";
    table_.columns = std::move(columns);
    table_.reference = "ref";
    edition_.name = "synthetic";
    edition_.data = {TableData()};
  }
  TableFile& table() { return table_; }
  Edition& edition() { return edition_; }

  Row& row(const std::string& name, std::optional<double> paper = {}) {
    Row& row = table_.rows.emplace_back();
    row.name = name;
    if (paper) row.paper["speed.fps"] = *paper;
    return row;
  }

  /// `values` [seeds][data]; an infinite one stands for a failed job.
  void add(const std::string& row, const std::vector<std::vector<double>>& values) {
    for (size_t seed = 0; seed < values.size(); ++seed) {
      for (size_t data = 0; data < values[seed].size(); ++data) {
        runs_[row].push_back({static_cast<int64_t>(seed), data, jobs_.size()});
        Job& job = jobs_.emplace_back();
        job.label = cat(row, ", seed ", seed);
        const std::string folder = cat("eval/", jobs_.size());
        const double value = values[seed][data];
        scratch_.write(folder + "/metrics.json", cat("{\"speed\": {\"fps\": ", value, "}}"));
        scratch_.write(folder + "/stats.json", "{\"seconds\": 60}");
        scratch_.write(folder + "/job.json", "{\"machine\": \"a processor\"}");
        JobOutcome& outcome = outcomes_.emplace_back();
        outcome.folder = scratch_.path() / folder;
        const bool failed = value == std::numeric_limits<double>::infinity();
        outcome.state = failed ? JobOutcome::State::failed : JobOutcome::State::done;
        if (failed) outcome.reason = "out of luck";
      }
    }
  }

  TableResult join() {
    plan_.table = &table_;
    plan_.edition = &edition_;
    plan_.jobs = jobs_;
    for (const Row& row : table_.rows) {
      plan_.rows.push_back({&row, row.ours ? "" : "not ours", {}, runs_[row.name]});
    }
    return join_results(plan_, outcomes_);
  }

 private:
  test::ScratchFolder scratch_;
  TableFile table_;
  Edition edition_;
  std::vector<Job> jobs_;
  std::vector<JobOutcome> outcomes_;
  std::map<std::string, std::vector<RowRun>> runs_;
  TablePlan plan_;
};

}  // namespace

TEST(TableResults, MeansAndDeviationsAreThoseOfTheSample) {
  const auto [mean, deviation] = mean_and_deviation({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_DOUBLE_EQ(mean, 5);
  EXPECT_DOUBLE_EQ(*deviation, std::sqrt(32.0 / 7));
  EXPECT_FALSE(mean_and_deviation({3}).second);
}

TEST(TableResults, DifferencesArePairedBySeed) {
  const SeedValues row = {{0, 10}, {1, 12}, {2, 14}}, reference = {{0, 9}, {2, 12}};
  EXPECT_THAT(paired(row, reference), ElementsAre(1, 2));
  EXPECT_THAT(paired(row, {{std::nullopt, 9}}), ElementsAre(1, 3, 5));
  EXPECT_THAT(paired({{std::nullopt, 9}}, {{std::nullopt, 10}}), ElementsAre(-1));
}

TEST(TableResults, VerdictsNeedMoreThanTheSpread) {
  constexpr double kAbove = std::numeric_limits<double>::infinity();
  EXPECT_EQ(verdict_of(1.1, 0.3, 1), Verdict::same);
  EXPECT_EQ(verdict_of(-1.1, -0.3, 1), Verdict::same);
  EXPECT_EQ(verdict_of(-1.1, 0.3, 1), Verdict::opposite);
  EXPECT_EQ(verdict_of(1, 0.3, 1), Verdict::within_spread);
  EXPECT_EQ(verdict_of(0, 0.3, 0), Verdict::within_spread);
  EXPECT_EQ(verdict_of(2, kAbove, 1), Verdict::same);
  EXPECT_EQ(verdict_of(2, -kAbove, 1), Verdict::opposite);
  EXPECT_EQ(verdict_of(2, 0, 1), Verdict::none);
}

TEST(TableResults, SeedsAndDataAreJoined) {
  Speeds speeds({"speed.fps", "b.speed.fps"});
  speeds.edition().data = {{"a", {}}, {"b", {}}};
  speeds.row("ref", 4);
  speeds.row("row", 5);
  speeds.add("ref", {{8, 10}, {8, 10}, {10, 14}});   // means 9, 9, 12
  speeds.add("row", {{9, 11}, {10, 14}, {12, 16}});  // means 10, 12, 14
  const TableResult result = speeds.join();
  const Cell &reference = result.rows[0].cells[0], &cell = result.rows[1].cells[0];
  EXPECT_DOUBLE_EQ(*reference.mean, 10);
  EXPECT_DOUBLE_EQ(*reference.deviation, std::sqrt(3.0));
  EXPECT_FALSE(reference.difference);
  EXPECT_DOUBLE_EQ(*cell.mean, 12);
  EXPECT_DOUBLE_EQ(*cell.deviation, 2);
  EXPECT_EQ(cell.paper, 5);
  // Of the seeds: 1, 3, 2.
  EXPECT_DOUBLE_EQ(cell.difference->ours, 2);
  EXPECT_DOUBLE_EQ(*cell.difference->seeds, 1);
  EXPECT_EQ(cell.difference->paper, 1);
  EXPECT_FALSE(cell.difference->videos) << "a speed is not a measure of videos";
  EXPECT_EQ(cell.difference->verdict, Verdict::same);
  EXPECT_DOUBLE_EQ(*result.rows[0].cells[1].mean, (10 + 10 + 14) / 3.0);
  EXPECT_DOUBLE_EQ(result.seconds, 12 * 60);
}

TEST(TableResults, FailedJobsLeaveTheOtherSeeds) {
  Speeds speeds;
  speeds.row("ref");
  speeds.row("row");
  speeds.add("ref", {{8}, {10}});
  speeds.add("row", {{9}, {std::numeric_limits<double>::infinity()}});
  const TableResult result = speeds.join();
  EXPECT_TRUE(result.failed());
  EXPECT_EQ(result.rows[1].problem, "failed: out of luck");
  EXPECT_DOUBLE_EQ(*result.rows[1].cells[0].mean, 9);
  EXPECT_DOUBLE_EQ(result.rows[1].cells[0].difference->ours, 1);
  EXPECT_THAT(markdown_page(result), HasSubstr("* row: failed: out of luck\n"));
}

TEST(TableResults, CellsFurtherFromThePaperThanToleratedAreCounted) {
  Speeds speeds;
  speeds.edition().tolerance["speed.fps"] = 0.5;
  speeds.row("ref", 10);
  speeds.row("row", 10);
  speeds.add("ref", {{10.5}});
  speeds.add("row", {{9.4}});
  const TableResult result = speeds.join();
  EXPECT_FALSE(result.rows[0].cells[0].outside);
  EXPECT_TRUE(result.rows[1].cells[0].outside);
  EXPECT_EQ(result.outside(), 1u);
}

TEST(TableResults, ClaimsStandForThePapersDifference) {
  Speeds speeds;
  speeds.row("ref", 10);
  speeds.row("row", 11).claim["speed.fps"] = -std::numeric_limits<double>::infinity();
  speeds.add("ref", {{10}});
  speeds.add("row", {{12}});
  const TableResult result = speeds.join();
  EXPECT_EQ(result.opposite(), 1u);
  EXPECT_THAT(markdown_page(result), HasSubstr("| row | +2.0 (below): opposite |"));
}

TEST(TablePages, CellsShowOursAndThePapers) {
  Speeds speeds;
  speeds.row("ref", 4);
  speeds.row("row | x", 5).group = "a group";
  speeds.row("theirs", 7).ours = false;
  speeds.add("ref", {{9}, {11}});
  speeds.add("row | x", {{10}, {14}});
  const TableResult result = speeds.join();
  const std::string markdown = markdown_page(result);
  EXPECT_THAT(markdown, HasSubstr("|  | speed.fps |\n|---|---|\n| ref | 10.0 +- 1.4 (4.0) |\n"
                                  "| **a group** ||\n| row \\| x | 12.0 +- 2.8 (5.0) |\n"
                                  "| theirs | - (7.0) |\n"));
  EXPECT_THAT(markdown, HasSubstr("| row \\| x | +2.0 +- 1.4 (+1.0): same |\n"));
  EXPECT_THAT(markdown, HasSubstr("* theirs: not ours\n"));
  EXPECT_THAT(markdown, HasSubstr("`clipwork table t.toml --edition synthetic`: 4 jobs of 4, 4.0 "
                                  "minutes of computing on a processor.\n"));
  EXPECT_THAT(csv_page(result),
              HasSubstr("\"row | x\",\"a group\",\"speed.fps\",12,2.82843,2,5,2,1,"
                        "1.41421,same\n"));
  EXPECT_THAT(tex_page(result), HasSubstr("ref & $10.0 \\pm 1.4$ (4.0) \\\\\n"
                                          "\\multicolumn{2}{l}{\\textit{a group}} \\\\\n"));
  EXPECT_THAT(tex_page(result), HasSubstr("% Speeds & more, edition synthetic"));
  const std::string html = html_page(result, "pages");
  EXPECT_THAT(html, HasSubstr("<h1>Speeds &amp; more</h1>"));
  EXPECT_THAT(html, HasSubstr("speed.fps by seed: 10.0, 14.0"));
  const std::string json = json_page(result);
  EXPECT_THAT(json, HasSubstr("\"verdict\": \"same\""));
  EXPECT_THAT(json, HasSubstr("\"deviation_over_seeds\": 1.41421356"));
}

TEST(TablePages, FiguresHaveALineForEachGroupAndForThePaper) {
  Speeds speeds;
  speeds.row("ref", 4);
  speeds.add("ref", {{9}});
  EXPECT_EQ(svg_page(speeds.join()), "");
  speeds.table().plot = Plot{"window.length", "speed.fps", "group"};
  TableResult result = speeds.join();
  TablePlan plan = *result.plan;
  Value config = Value::table();
  config.set("window.length", Value(4));
  plan.rows.resize(1);
  plan.rows[0].config = Config(config, {});
  plan.rows[0].row = &speeds.table().rows[0];
  result.plan = &plan;
  result.rows[0].plan = &plan.rows[0];
  result.rows.resize(1);
  const std::string svg = svg_page(result);
  EXPECT_THAT(svg, HasSubstr(">window.length</text>"));
  EXPECT_THAT(svg, HasSubstr(">paper</text>"));
  EXPECT_THAT(svg, Not(HasSubstr(">step</text>")));
}
