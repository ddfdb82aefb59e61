// SPDX-License-Identifier: Apache-2.0
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/tracker.h>

using namespace clipwork::test;

namespace {

using Tracks = std::vector<int64_t>;

// Two squares that pass each other.
const Scene kScene({40, 80}, {{.x = 16, .y = 10, .width = 12, .height = 12, .dx = 4},
                              {.x = 64, .y = 30, .width = 12, .height = 12, .dx = -4}});

}  // namespace

TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("tracker", "@NAME@")); }

TEST(@CLASS@, FollowsObjectsWhoseRowsChangePlaces) {
  TrackerHarness video("@NAME@");
  EXPECT_EQ(tracks_of(video.push(kScene.prediction(0, 1, {0, 1}))), (Tracks{0, 1}));
  EXPECT_EQ(tracks_of(video.push(kScene.prediction(1, 1, {1, 0}))), (Tracks{1, 0}));
}

TEST(@CLASS@, EndsATrackThatIsAwayForLongerThanItsPatience) {
  TrackerHarness video("@NAME@", toml("patience = 1"));
  video.push(kScene.prediction(0, 1, {0, 1}));
  EXPECT_TRUE(video.push(kScene.prediction(1, 1, {0})).ended.empty());
  EXPECT_EQ(video.push(kScene.prediction(2, 1, {0})).ended, (Tracks{1}));
}
