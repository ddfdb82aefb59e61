#include <clipwork/host/report.h>
#include <clipwork/painter.h>
#include <gtest/gtest.h>

#include "support.h"

namespace clipwork {
namespace {

#define EXPECT_SILENT(text, part) EXPECT_EQ((text).find(part), std::string::npos) << (part)

class ReportPage : public testing::Test {
 protected:
  test::ScratchFolder scratch_;
  Report report_;

  void SetUp() override {
    report_.title = "dog.mp4";
    report_.frames = 40;
    for (int i = 0; i < 40; ++i) report_.starts.push_back(i < 20 ? 0.05 * i : 0.5 * i - 9);
    report_.tracks = {{1, "dog", 0.934, {{0, 10}, {30, 40}}}, {7, "person", 0.5, {{5, 6}}}};
  }
  std::string page() const {
    write_report(scratch_.path() / "report.html", report_);
    return test::read_file(scratch_.path() / "report.html");
  }
};

TEST_F(ReportPage, HasALaneForEachTrackWhereItIsSeenInItsColour) {
  const std::string html = page();
  EXPECT_SAYS(html, "aria-label=\"track 1, dog, score 0.93, visible in 20 of 40 frames\"");
  EXPECT_SAYS(html, "aria-label=\"track 7, person, score 0.50, visible in 1 of 40 frames\"");
  EXPECT_SAYS(html, "data-visible=\"0-10 30-40\"");
  EXPECT_SAYS(html, "left:75.000%;width:25.000%;background:" + hex(track_colour(1)));
  EXPECT_SAYS(html, "background:" + hex(track_colour(7)));
}

TEST_F(ReportPage, KnowsWhenEachFrameOfAVideoOfVariableRateBegins) {
  const std::string html = page();
  EXPECT_SAYS(html, "data-starts=\"0 50 100 ");
  EXPECT_SAYS(html, " 950 1000 1500 ");
  EXPECT_SAYS(html, " 10500\">");
}

TEST_F(ReportPage, FiltersByScoreUpToTheBest) {
  report_.tracks[0].score = 0.2079;
  report_.tracks[1].score = 0.1;
  EXPECT_SAYS(page(), "max=\"0.20\"");
}

TEST_F(ReportPage, OfTheTruthHasNoScores) {
  report_.tracks[0].score = report_.tracks[1].score = {};
  const std::string html = page();
  EXPECT_SAYS(html, "aria-label=\"track 1, dog, visible in 20 of 40 frames\"");
  EXPECT_SILENT(html, "id=\"least\"");
}

TEST_F(ReportPage, LinksTheVideosOfAnIndex) {
  write_report_index(scratch_.path() / "index.html", "a <data set>",
                     {{"dogs & cats", "000001_dogs #1/report.html", "jpeg!!", "2 frames"}});
  const std::string html = test::read_file(scratch_.path() / "index.html");
  EXPECT_SAYS(html, "href=\"000001_dogs%20%231/report.html\"");
  EXPECT_SAYS(html, "data:image/jpeg;base64,anBlZyEh");
  EXPECT_SAYS(html, "dogs &amp; cats");
  EXPECT_SAYS(html, "a &lt;data set&gt;");
  EXPECT_SAYS(html, "2 frames");
}

TEST_F(ReportPage, HoldsTheVideoAndItsPosterItself) {
  report_.video = scratch_.write("overlay.mp4", "video");
  report_.poster = "jpeg!!";
  const std::string html = page();
  EXPECT_SAYS(html, "src=\"data:video/mp4;base64,dmlkZW8=\"");
  EXPECT_SAYS(html, "poster=\"data:image/jpeg;base64,anBlZyEh\"");
  EXPECT_SILENT(html, "src=\"overlay.mp4\"");
}

TEST_F(ReportPage, RefersToAVideoThatIsTooLarge) {
  report_.video = scratch_.write("overlay.mp4", "video");
  report_.largest_embedded = 4;
  const std::string html = page();
  EXPECT_SAYS(html, "src=\"overlay.mp4\"");
  EXPECT_SAYS(html, "too large");
  EXPECT_SILENT(html, "data:video");
}

TEST_F(ReportPage, LoadsNothingFromOutside) {
  report_.video = scratch_.write("overlay.mp4", "video");
  const std::string html = page();
  EXPECT_SILENT(html, "http:");
  EXPECT_SILENT(html, "https:");
  EXPECT_SILENT(html, "<link");
  EXPECT_SILENT(html, "<script src");
  EXPECT_SAYS(html, "default-src 'none'");
}

TEST_F(ReportPage, ShowsEveryTextAsText) {
  const std::string bad = "<script>alert('\"&</script>";
  report_.title = report_.tracks[0].category = report_.config = bad;
  report_.notes = report_.remarks = {bad};
  report_.facts = {{bad, bad}};
  report_.times.stages = {{bad, 1, 1, 1}};
  const std::string html = page();
  EXPECT_SILENT(html, "<script>alert");
  size_t shown = 0;
  const std::string good = "&lt;script&gt;alert(&#39;&quot;&amp;&lt;/script&gt;";
  for (size_t at = html.find(good); at != std::string::npos; at = html.find(good, at + 1)) ++shown;
  EXPECT_EQ(shown, 10u) << "title twice, lane twice, note, remark, fact twice, stage, config";
}

TEST_F(ReportPage, SaysWhenThereIsNoTrack) {
  report_.tracks.clear();
  const std::string html = page();
  EXPECT_SAYS(html, "No tracks were found.");
  EXPECT_SAYS(html, "0 tracks in 40 frames");
}

}  // namespace
}  // namespace clipwork
