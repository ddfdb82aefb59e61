// clipwork plot: what is read, and what is drawn.

#include <gmock/gmock.h>

#include "cli/program.h"
#include "runner/run_here.h"
#include "show/chart.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::runs;
using test::count;
using test::ProgramResult;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

ProgramResult plot(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "plot");
  return test::run_here(arguments);
}

std::string write_run(const test::ScratchFolder& scratch, const std::string& name,
                      const std::string& lines) {
  scratch.write(name + "/scalars.jsonl", lines);
  return scratch.path() / name;
}

const char* const kLines =
    "{\"iter\": 1, \"lr\": 1e-4, \"loss\": 9, \"loss_ce\": 3, \"loss_ce_0\": 3, \"time\": 1}\n"
    "{\"iter\": 2, \"lr\": 1e-4, \"loss\": 5, \"loss_ce\": 2, \"loss_ce_0\": 3, \"time\": 1}\n"
    "{\"iter\": 2, \"AP\": 12.5, \"AP50\": 30}\n";

}  // namespace

TEST(Scalars, AreReadOfAllKeysAndWhatAResumedRunWroteAgainStands) {
  test::ScratchFolder scratch;
  std::string run = write_run(scratch, "novis",
                              std::string(kLines) + "{\"iter\": 2, \"loss\": 4}\n" +
                                  "{\"iter\": 1, \"note\": \"a text\"}\n{\"iter\": 3, \"lo");
  Scalars scalars = read_scalars(run + "/");
  EXPECT_EQ(scalars.run, "novis");
  EXPECT_THAT(scalars.keys,
              ElementsAre("lr", "loss", "loss_ce", "loss_ce_0", "time", "AP", "AP50"));
  const Curve& loss = scalars.curves.at("loss");
  ASSERT_EQ(loss.points.size(), 2u);
  EXPECT_EQ(loss.points[1].step, 2);
  EXPECT_EQ(loss.points[1].value, 4);
}

TEST(Scalars, SmoothedAreRunningMeansThatDoNotStartAtZero) {
  Curve curve{{{1, 8}, {2, 8}, {3, 0}}};
  Curve smooth = smoothed(curve, 0.5);
  EXPECT_DOUBLE_EQ(smooth.points[0].value, 8);
  EXPECT_DOUBLE_EQ(smooth.points[1].value, 8);
  EXPECT_DOUBLE_EQ(smooth.points[2].value, 8.0 * 3 / 7);
  EXPECT_EQ(smoothed(curve, 0).points[2].value, 0);
}

TEST(Scalars, ThinnedKeepTheirMeanAndOrder) {
  Curve curve;
  for (int i = 0; i < 10; ++i) curve.points.push_back({double(i), double(i)});
  Curve thin = thinned(curve, 5);
  ASSERT_EQ(thin.points.size(), 5u);
  EXPECT_EQ(thin.points[0].value, 0.5);
  EXPECT_EQ(thin.points[4].step, 8.5);
}

TEST(Chart, HasRoundTicks) {
  EXPECT_THAT(ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(ticks(0.3, 1.1, 4), ElementsAre(0.4, testing::DoubleNear(0.6, 1e-9), 0.8, 1));
  EXPECT_THAT(ticks(-1, 1, 2), ElementsAre(-1, 0, 1));
}

TEST(Chart, PutsAValueWhereTheAxesSay) {
  Scalars run;
  run.run = "a";
  run.keys = {"loss"};
  run.curves["loss"].points = {{0, 1}, {100, 3}, {200, 2}};
  Figure figure = draw_charts({run}, {"loss"}, {});
  const Figure::Line& line = figure.lines.back();
  ASSERT_EQ(line.points.size(), 3u);
  // Halfway between the first step and the last; the highest value highest up.
  EXPECT_DOUBLE_EQ(line.points[1].x, (line.points[0].x + line.points[2].x) / 2);
  EXPECT_DOUBLE_EQ(line.points[2].y, (line.points[0].y + line.points[1].y) / 2);
  EXPECT_LT(line.points[1].y, line.points[0].y);
}

TEST(Plot, DrawsAChartOfEachValueAndTellsRunsApart) {
  test::ScratchFolder scratch;
  std::string a = write_run(scratch, "a/run", kLines), b = write_run(scratch, "b/run", kLines);
  std::string out = scratch.path() / "out.svg";
  ProgramResult result = plot({a, b, "--out", out});
  EXPECT_EQ(result.code, 0) << result.errors;
  std::string svg = test::read_file(out);
  for (const char* title : {">loss<", ">AP<", ">AP50<", ">loss_ce<", ">lr<"}) {
    EXPECT_EQ(count(svg, title), 1u) << title;
  }
  EXPECT_EQ(count(svg, ">time<"), 0u);
  EXPECT_EQ(count(svg, ">loss_ce_0<"), 0u);
  EXPECT_THAT(svg, HasSubstr(">" + a + "<"));
  EXPECT_THAT(svg, HasSubstr(">" + b + "<"));
  if (const std::string python = test::python_with("xml.dom.minidom"); !python.empty()) {
    const std::string parse = " -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' ";
    EXPECT_EQ(test::run_program(python + parse + out).code, 0);
  }
}

TEST(Plot, DrawsTheSameAsAPicture) {
  CLIPWORK_NEEDS_VIDEO();
  test::use_built_plugins();
  test::ScratchFolder scratch;
  std::string run = write_run(scratch, "a", kLines), out = scratch.path() / "out.png";
  ProgramResult result = plot({run, "--key", "loss", "--out", out, "--log-scale"});
  EXPECT_EQ(result.code, 0) << result.errors;
  std::string png = test::read_file(out);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_GT(png.size(), 2000u);
}

TEST(Plot, SaysWhatIsMissing) {
  test::ScratchFolder scratch;
  std::string run = write_run(scratch, "a", kLines), empty = write_run(scratch, "b", "");
  EXPECT_THAT(plot({run, "--key", "los_ce"}).errors, HasSubstr("did you mean 'loss_ce'?"));
  EXPECT_THAT(plot({empty}).errors, HasSubstr("b/scalars.jsonl: contains no values yet"));
  EXPECT_THAT(plot({scratch.path()}).errors, HasSubstr("scalars.jsonl: cannot be read"));
  EXPECT_THAT(plot({run, "--out", "a.pdf"}).errors,
              HasSubstr("use a name that ends with .svg or .png"));
  EXPECT_EQ(plot({run, "--smooth", "1"}).code, 2);
}
