// Comparison of two results.

#include "analysis/comparison.h"

#include <gmock/gmock.h>

#include "analysis/bootstrap.h"
#include "support.h"

using namespace clipwork;
using testing::HasSubstr;

namespace {

MaskList left_half(int64_t frames) {
  MaskList list;
  for (int64_t frame = 0; frame < frames; ++frame) {
    const int64_t runs[] = {0, 8, 8};
    list.add(MaskRle::of_runs(runs, {4, 4}));
  }
  return list;
}

GroundTruth ten_videos() {
  GroundTruth truth;
  truth.annotated = true;
  truth.categories = {{1, "dog"}};
  for (int64_t id = 1; id <= 10; ++id) {
    truth.videos.push_back({id, cat("video ", id), {4, 4}, 4, {}});
    TruthTrack& track = truth.tracks.emplace_back();
    track.id = id;
    track.video = id;
    track.category = 1;
    track.area = track.mask_area = 8;
    track.masks = left_half(4);
  }
  return truth;
}

Results found_in(int64_t videos) {
  Results results;
  for (int64_t id = 1; id <= videos; ++id)
    results.tracks.push_back({id, 1, {}, 0.9, 8, left_half(4)});
  return results;
}

}  // namespace

TEST(Bootstrap, SamplesHaveAsManyVideosAndAreAlwaysTheSame) {
  const auto samples = runs::draw_videos(7, 3);
  ASSERT_EQ(samples.size(), 3u);
  for (const auto& counts : samples) {
    int64_t sum = 0;
    for (const int64_t count : counts) sum += count;
    EXPECT_EQ(sum, 7);
  }
  EXPECT_EQ(samples, runs::draw_videos(7, 3));
  EXPECT_NE(samples[0], samples[1]);
}

TEST(Comparison, EqualResultsDoNotDiffer) {
  const GroundTruth truth = ten_videos();
  const Results results = found_in(6);
  const runs::Comparison same = runs::compare(truth, results, results, {});
  for (const runs::MeasureComparison& one : same.measures) {
    EXPECT_EQ(one.a, one.b) << one.name;
    EXPECT_EQ(one.low, 0) << one.name;
    EXPECT_EQ(one.high, 0) << one.name;
    EXPECT_EQ(one.higher, 0) << one.name;
  }
  EXPECT_TRUE(videos_table(same).rows.empty());
  EXPECT_TRUE(tracks_table(same).rows.empty());
}

TEST(Comparison, DifferencesHaveAnIntervalAndNameVideosAndObjects) {
  const GroundTruth truth = ten_videos();
  const Results a = found_in(5), b = found_in(9);
  const runs::Comparison comparison = runs::compare(truth, a, b, {});
  const runs::MeasureComparison& recall = comparison.measures[3];
  ASSERT_EQ(recall.name, "AR10");
  EXPECT_NEAR(recall.a, 0.5, 1e-12);
  EXPECT_NEAR(recall.b, 0.9, 1e-12);
  EXPECT_GT(recall.low, 0);
  EXPECT_LT(recall.low, 0.4);
  EXPECT_GT(recall.high, 0.4);
  EXPECT_GT(recall.higher, 0.97);
  const runs::PageTable videos = videos_table(comparison), tracks = tracks_table(comparison);
  ASSERT_EQ(videos.rows.size(), 4u);
  EXPECT_EQ(videos.rows[0][0].text, "video 6");
  EXPECT_EQ(videos.rows[0][4].text, "+100.0");
  ASSERT_EQ(tracks.rows.size(), 4u);
  EXPECT_EQ(tracks.rows[0][3].text, "Miss 0.00");
  EXPECT_EQ(tracks.rows[0][4].text, "found 1.00");
  EXPECT_EQ(tracks.rows[0][5].text, "+1.00");
}

TEST(Comparison, PagesHaveTheTables) {
  const test::ScratchFolder scratch;
  const GroundTruth truth = ten_videos();
  const Results a = found_in(9), b = found_in(5);
  const runs::Comparison comparison = runs::compare(truth, a, b, {});
  write_comparison(scratch.path() / "out", comparison, {{"A", "<old>"}, {"B", "new"}});
  EXPECT_THAT(test::read_file(scratch.path() / "out/comparison.html"), HasSubstr("&lt;old&gt;"));
  EXPECT_THAT(test::read_file(scratch.path() / "out/comparison.md"), HasSubstr("-100.0"));
  EXPECT_THAT(test::read_file(scratch.path() / "out/compared_videos.csv"),
              HasSubstr("video 6,6,1,0,-1,"));
  EXPECT_THAT(test::read_file(scratch.path() / "out/comparison.csv"), HasSubstr("AR10,0.9,0.5,"));
}
