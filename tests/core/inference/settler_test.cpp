#include "inference/settler.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "core/inference/tracks_and_frames.h"

using namespace clipwork;
using test::indices;

namespace {

constexpr Size kSize{2, 3};
const Geometry kSquareGeometry{kSize, kSize, kSize};

Plan plan_with_classes() {
  Plan plan;
  plan.classes.names = {"a", "b"};
  return plan;
}

/// A window of frames [first, end) whose rows 0, 1, ... a tracker linked to tracks of these
/// numbers, from 0, each of class 0 with its own logit. All masks have this logit everywhere.
Tracked window(int64_t first, int64_t end, const std::vector<std::pair<int64_t, double>>& tracks,
               double mask) {
  const auto rows = static_cast<int64_t>(tracks.size()), frames = end - first;
  Tracked tracked;
  tracked.first = first;
  tracked.prediction.class_scores = at::full({1, rows, 3}, -4.0);
  for (int64_t row = 0; row < rows; ++row) {
    tracked.prediction.class_scores[0][row][0] = tracks[row].second;
    tracked.links.push_back({static_cast<int>(row), tracks[row].first, true, true});
  }
  tracked.prediction.masks =
      dense_masks(at::full({1, rows, frames, kSize.height, kSize.width}, mask),
                  std::vector<Geometry>(frames, kSquareGeometry));
  return tracked;
}

std::vector<int64_t> tracks(const SettledFrame& frame) {
  std::vector<int64_t> all;
  for (const SettledFrame::Mask& mask : frame.masks) all.push_back(mask.track);
  return all;
}

using Indices = std::vector<int64_t>;

}  // namespace

TEST(Settler, SettlesEachFrameOnceAndOnlyBeforeTheGivenOne) {
  const Plan plan = plan_with_classes();
  StageClock clock;
  Settler settler(plan, {}, clock);
  EXPECT_TRUE(settler.settle(5).empty());
  settler.add(window(0, 4, {{0, 1}}, 2), {0, 0, 4, 0, 2, 0});
  EXPECT_EQ(indices(settler.settle(2)), (Indices{0, 1}));
  EXPECT_TRUE(settler.settle(2).empty());
  settler.add(window(2, 6, {{0, 1}}, 2), {1, 2, 6, 2, 0, 2});
  EXPECT_EQ(indices(settler.finish()), (Indices{2, 3, 4, 5}));
  ASSERT_EQ(clock.times().stages.size(), 1u);
  EXPECT_EQ(clock.times().stages[0].name, "settle");
  EXPECT_EQ(clock.times().stages[0].calls, 6);
}

TEST(Settler, AveragesTheMasksOfAFrameOverItsWindows) {
  const Plan plan = plan_with_classes();
  StageClock clock;
  Settler settler(plan, {}, clock);
  settler.add(window(0, 2, {{0, 1}}, 3), {0, 0, 2, 0, 1, 0});
  settler.add(window(1, 3, {{0, 1}}, -2), {1, 1, 3, 1, 0, 1});
  const std::vector<SettledFrame> frames = settler.finish();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(tracks(frames[0]), (Indices{1}));
  EXPECT_EQ(tracks(frames[1]), (Indices{1}));  // 3 - 2 is above zero
  EXPECT_TRUE(tracks(frames[2]).empty());
  const Result result = settler.result(3, kSize);
  EXPECT_EQ(result.mask(1, 1)->area(), 6);
  EXPECT_TRUE(result.mask(1, 2)->empty());
}

TEST(Settler, ReturnsTheMasksOfRankedTracksAlone) {
  Plan plan = plan_with_classes();
  plan.tracks.top_k = 1;
  StageClock clock;
  Settler settler(plan, {}, clock);
  settler.add(window(0, 1, {{0, 1}, {1, 5}}, 2), {0, 0, 1, 0, 0, 0});
  const std::vector<SettledFrame> frames = settler.settle(1);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(tracks(frames[0]), (Indices{2}));
  ASSERT_EQ(frames[0].rows.size(), 1u);
  EXPECT_EQ(frames[0].rows[0].track, 2);
  // The other may still enter the ranking: its mask is kept.
  EXPECT_EQ(settler.result(1, kSize).mask(1, 0)->area(), 6);
}

TEST(Settler, LeavesOutTracksThatATrackerDropped) {
  const Plan plan = plan_with_classes();
  StageClock clock;
  Settler settler(plan, {}, clock);
  settler.add(window(0, 2, {{0, 1}, {1, 5}}, 2), {0, 0, 2, 0, 1, 0});
  EXPECT_EQ(tracks(settler.settle(1).at(0)), (Indices{1, 2}));
  Tracked later = window(1, 3, {{0, 1}}, 2);
  later.dropped = {1};
  settler.add(later, {1, 1, 3, 1, 0, 1});
  for (const SettledFrame& frame : settler.finish()) EXPECT_EQ(tracks(frame), (Indices{1}));
  const Result result = settler.result(3, kSize);
  EXPECT_EQ(result.tracks.count(2), 0u);
  for (const ResultRow& row : result.rows) EXPECT_EQ(row.track, 1);
}

TEST(Settler, KeepsNoMasksWhereTheConfigSaysSo) {
  Plan plan = plan_with_classes();
  plan.run.keep_result = false;
  StageClock clock;
  Settler settler(plan, {}, clock);
  settler.add(window(0, 1, {{0, 1}}, 2), {0, 0, 1, 0, 0, 0});
  EXPECT_EQ(tracks(settler.finish().at(0)), (Indices{1}));
  EXPECT_EQ(settler.spool(), nullptr);
  EXPECT_FALSE(settler.result(1, kSize).mask(1, 0).has_value());
}

TEST(Settler, LetsAListenerReplaceMasks) {
  struct Negative : TapListener {
    bool wants(const std::string& name) override { return name == "tracks.masks"; }
    Tensor hear(const std::string&, Tensor value) override { return value.neg(); }
  } listener;
  const Plan plan = plan_with_classes();
  StageClock clock;
  VideoInfo video;
  video.listener = &listener;
  Settler settler(plan, video, clock);
  settler.add(window(0, 1, {{0, 1}}, -2), {0, 0, 1, 0, 0, 0});
  EXPECT_EQ(settler.finish().at(0).masks.at(0).mask.area(), 6);
}
