// Pages and tables of a failure analysis.

#include <clipwork/host/registry.h>
#include <clipwork/runs/failure_analysis.h>
#include <gmock/gmock.h>

#include "analysis/page_table.h"
#include "support.h"

using namespace clipwork;
using testing::HasSubstr;
using testing::Not;

namespace {

MaskList half(bool left, int64_t frames) {
  MaskList list;
  for (int64_t frame = 0; frame < frames; ++frame) {
    const int64_t runs[] = {left ? 0 : 2048, 2048, left ? 2048 : 0};
    list.add(MaskRle::of_runs(runs, {64, 64}));
  }
  return list;
}

/// One video with two objects, of which the second is found as another class, and names that mean
/// something in HTML, Markdown and CSV.
class FailurePages : public testing::Test {
 protected:
  test::ScratchFolder scratch_;
  GroundTruth truth_;
  Results results_;

  FailurePages() {
    truth_.annotated = true;
    truth_.categories = {{1, "<b>dog</b>"}, {2, "cat, \"tabby\" | tom"}};
    truth_.videos.push_back({7, "clip & co", {64, 64}, 4, {}});
    for (int64_t id : {1, 2}) {
      TruthTrack& track = truth_.tracks.emplace_back();
      track.id = id;
      track.video = 7;
      track.category = id;
      track.area = track.mask_area = 2048;
      track.masks = half(id == 1, 4);
    }
    results_.tracks.push_back({7, 1, 11, 0.9, 2048, half(true, 4)});
    results_.tracks.push_back({7, 1, 12, 0.8, 2048, half(false, 4)});
  }
  void write(const runs::FailureReport& report = {
                 .title = "a <test>", .frames = {}, .drawn = {}, .facts = {}}) const {
    runs::write_failure_analysis(scratch_.path() / "out", truth_, results_,
                                 evaluate(truth_, results_),
                                 {.class_agnostic = false, .min_score = 0}, report);
  }
  std::string written(const std::string& file) const {
    return test::read_file(scratch_.path() / "out" / file);
  }
};

}  // namespace

TEST_F(FailurePages, PageIsWholeEscapedAndLoadsNothing) {
  write();
  const std::string page = written("evaluation.html");
  for (const char* part : {"<title>a &lt;test&gt; - Clipwork</title>", "&lt;b&gt;dog&lt;/b&gt;",
                           "clip &amp; co", "default-src 'none'", "prefers-color-scheme: dark",
                           "<h2>Errors</h2>", "<h2>Properties of objects</h2>",
                           "<h2>Precision and recall</h2>", "<h2>Confusion of classes</h2>",
                           "<h2>Videos</h2>", "<h2>Tracks</h2>", "<h2>Identity switches</h2>"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  for (const char* part : {"<b>dog", "http://", "https://", "<script src", "<link"}) {
    EXPECT_THAT(page, Not(HasSubstr(part)));
  }
}

TEST_F(FailurePages, TablesHaveFullPrecisionForProgramsAndQuotesWhereTheyAreNeeded) {
  write();
  EXPECT_THAT(written("tracks.csv"),
              HasSubstr("clip & co,2,\"cat, \"\"tabby\"\" | tom\",Cls,1,2,<b>dog</b>,0.8,"));
  EXPECT_THAT(written("videos.csv"), HasSubstr("clip & co,7,4,2,1,2,0.5"));
  EXPECT_THAT(written("errors.csv"), HasSubstr("Cls,\"wrong class, good overlap\",1,0.5\n"));
  EXPECT_THAT(written("confusion.csv"), HasSubstr("\"cat, \"\"tabby\"\" | tom\",1,0,0\n"));
  EXPECT_THAT(written("precision_recall.csv"), HasSubstr("all,0.50,0.5,0.4999"));
  EXPECT_THAT(written("properties.csv"), HasSubstr("length,up to 8,2,"));
  EXPECT_THAT(written("id_switches.csv"), HasSubstr("video,frame,track"));
  EXPECT_THAT(written("evaluation.md"), HasSubstr("| cat, \"tabby\" \\| tom | <b>dog</b> | 1 |"));
}

TEST_F(FailurePages, WorstTracksAreShownBesideTheTruth) {
  CLIPWORK_NEEDS_VIDEO();
  test::use_built_plugins();
  Registry::instance().load_search_path({});
  write();
  const std::string page = written("evaluation.html");
  EXPECT_THAT(page, HasSubstr("cat, &quot;tabby&quot; | tom, track 2, 4 frames: wrong class"));
  EXPECT_THAT(page, HasSubstr("src=\"data:image/jpeg;base64,/9j/"));
  EXPECT_THAT(page, HasSubstr("The frames were not available."));
  runs::FailureReport none;
  none.worst = 0;
  write(none);
  EXPECT_THAT(written("evaluation.html"), Not(HasSubstr("data:image")));
}

TEST_F(FailurePages, RowsLinkThePageOfADrawnVideo) {
  const auto folder = scratch_.path() / "vis" / "000007_clip & co";
  std::filesystem::create_directories(folder);
  scratch_.write("vis/000007_clip & co/report.html", "a page");
  runs::FailureReport report;
  report.drawn = scratch_.path() / "vis";
  report.worst = 0;
  write(report);
  EXPECT_THAT(written("evaluation.html"),
              HasSubstr("<a href=\"../vis/000007_clip%20%26%20co/report.html\">clip &amp; co</a>"));
}

TEST(PageTable, PlainTextIsAligned) {
  const runs::PageTable table{
      {"name", "AP"},
      {{runs::word("a"), runs::percent(0.5)}, {runs::word("öl"), runs::percent(-1)}}};
  EXPECT_EQ(table.plain(9), "  name    AP\n  a     50.0\n  öl       -\n");
  EXPECT_EQ(table.csv(), "name,AP\na,0.5\nöl,\n");
  EXPECT_EQ(table.plain(0), "  name  AP\n");
}
