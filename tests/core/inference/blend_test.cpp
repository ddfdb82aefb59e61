#include "inference/blend.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "core/inference/tracks_and_frames.h"

using namespace clipwork;
using test::link;
using testing::ElementsAre;

namespace {

using Values = MaskForm::Values;

/// A window whose row r has the mask value `rows[r] + frame` everywhere, frames counted from the
/// start of the video.
Tracked window(int64_t first, int64_t frames, const std::vector<double>& rows,
               std::vector<Link> links) {
  std::vector<Tensor> masks;
  for (double row : rows) {
    std::vector<Tensor> of_frames;
    for (int64_t t = 0; t < frames; ++t) {
      of_frames.push_back(at::full({2, 3}, row + static_cast<double>(first + t), at::kFloat));
    }
    masks.push_back(at::stack(of_frames));
  }
  std::vector<Geometry> geometry;
  for (int64_t t = 0; t < frames; ++t) geometry.push_back({{4, 6}, {8, 12}, {first + t + 1, 6}});
  Tracked tracked;
  tracked.first = first;
  tracked.links = std::move(links);
  tracked.prediction.masks = dense_masks(at::stack(masks).unsqueeze(0), geometry);
  return tracked;
}

/// The mean's values of these tracks, which are the same at every pixel.
std::vector<double> values(const Blend& blend, int64_t frame, const std::vector<int64_t>& tracks) {
  Blend::Mean mean = blend.mean(frame, tracks);
  Tensor pixels = mean.masks->values(mean.local, mean.pairs);
  std::vector<double> all;
  for (int64_t i = 0; i < pixels.size(0); ++i) {
    EXPECT_TRUE(pixels[i].eq(pixels[i][0][0]).all().item<bool>());
    all.push_back(pixels[i][0][0].item<double>());
  }
  return all;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

TEST(Blend, AnswersWithTheMasksOfTheOnlyWindow) {
  Blend blend(Values::logits);
  Tracked only = window(4, 3, {10, 20, 30}, {link(0, 7), link(1, 5), link(2, 6)});
  blend.add(only, 3, 4);
  EXPECT_EQ(blend.begin(), 4);
  EXPECT_EQ(blend.end(), 7);
  Blend::Mean mean = blend.mean(5, {5, 7});
  EXPECT_EQ(mean.masks, only.prediction.masks);
  EXPECT_EQ(mean.local, 1);
  EXPECT_THAT(values(blend, 5, {5, 7}), ElementsAre(25, 15));
}

TEST(Blend, ListsTheTracksOfAFrameInAscendingOrder) {
  Blend blend(Values::logits);
  blend.add(window(0, 2, {0, 1}, {link(0, 7), link(1, 5)}), 2, 0);
  blend.add(window(1, 2, {0, 1}, {link(0, 2), link(1, 7)}), 2, 0);
  EXPECT_THAT(blend.tracks(0), ElementsAre(5, 7));
  EXPECT_THAT(blend.tracks(1), ElementsAre(2, 5, 7));
  EXPECT_THAT(blend.tracks(2), ElementsAre(2, 7));
}

TEST(Blend, AveragesLogitsOverTheWindowsThatShareAFrame) {
  Blend blend(Values::logits);
  blend.add(window(0, 2, {1}, {link(0, 0)}), 2, 0);
  blend.add(window(1, 2, {2}, {link(0, 0)}), 2, 0);
  blend.add(window(1, 2, {6}, {link(0, 0)}), 2, 0);
  EXPECT_THAT(values(blend, 0, {0}), ElementsAre(1));
  EXPECT_THAT(values(blend, 1, {0}), ElementsAre(4));
  EXPECT_THAT(values(blend, 2, {0}), ElementsAre(6));
}

TEST(Blend, AveragesProbabilitiesWhereItIsToldTo) {
  Blend blend(Values::probabilities);
  blend.add(window(0, 1, {-1}, {link(0, 0)}), 1, 0);
  EXPECT_EQ(blend.mean(0, {0}).masks->form().values, Values::probabilities);
  EXPECT_NEAR(values(blend, 0, {0})[0], sigmoid(-1), 1e-6);
  blend.add(window(0, 1, {3}, {link(0, 0)}), 1, 0);
  EXPECT_NEAR(values(blend, 0, {0})[0], (sigmoid(-1) + sigmoid(3)) / 2, 1e-6);
}

TEST(Blend, AveragesOverTheWindowsThatHaveTheTrack) {
  Blend blend(Values::logits);
  blend.add(window(0, 1, {2, 4}, {link(0, 0), link(1, 1)}), 1, 0);
  blend.add(window(0, 1, {6, 8}, {link(0, 1), link(1, -1)}), 1, 0);
  EXPECT_THAT(values(blend, 0, {0, 1}), ElementsAre(2, 5));
}

TEST(Blend, LeavesOutRowsWithoutATrackAndRowsThatAreNotDrawn) {
  Blend blend(Values::logits);
  blend.add(
      window(0, 1, {1, 2, 3}, {link(0, -1), {.row = 1, .track = 4, .drawn = false}, link(2, 5)}), 1,
      0);
  EXPECT_THAT(blend.tracks(0), ElementsAre(5));
}

TEST(Blend, TakesTheLastOfTwoRowsOfOneTrack) {
  Blend blend(Values::logits);
  blend.add(window(0, 1, {1, 2}, {link(0, 4), link(1, 4)}), 1, 0);
  EXPECT_THAT(blend.tracks(0), ElementsAre(4));
  EXPECT_THAT(values(blend, 0, {4}), ElementsAre(2));
}

TEST(Blend, IgnoresFramesThatAreSettledAndFramesBehindThoseAskedFor) {
  Blend blend(Values::logits);
  // Frames 0 and 1 are context of a window of five, of which four are used.
  blend.add(window(0, 5, {10}, {link(0, 0)}), 4, 2);
  EXPECT_EQ(blend.begin(), 2);
  EXPECT_EQ(blend.end(), 4);
  EXPECT_THAT(values(blend, 2, {0}), ElementsAre(12));
}

TEST(Blend, ForgetsTheFramesBeforeOne) {
  Blend blend(Values::logits);
  blend.add(window(0, 4, {0}, {link(0, 0)}), 4, 0);
  blend.drop_before(3);
  EXPECT_EQ(blend.begin(), 3);
  EXPECT_EQ(blend.end(), 4);
  EXPECT_THROW(blend.tracks(2), Error);
  EXPECT_THROW(blend.mean(4, {0}), Error);
  blend.drop_before(10);
  EXPECT_EQ(blend.begin(), blend.end());
  // A later window begins where its frames are settled, not where the last one ended.
  blend.add(window(8, 4, {0}, {link(0, 0)}), 4, 9);
  EXPECT_EQ(blend.begin(), 9);
  EXPECT_THAT(values(blend, 9, {0}), ElementsAre(9));
}

TEST(Blend, KnowsTheGeometryOfEachFrame) {
  Blend blend(Values::logits);
  blend.add(window(2, 2, {0}, {link(0, 0)}), 2, 2);
  EXPECT_EQ(blend.geometry(3), (Geometry{{4, 6}, {8, 12}, {4, 6}}));
}
