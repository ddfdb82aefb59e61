// Measures of samples of videos: those of an evaluation that has each video as often.

#include <clipwork/host/resampling.h>

#include "golden.h"

using namespace clipwork;

namespace {

MaskList mask(bool left, int64_t frames) {
  MaskList list;
  for (int64_t frame = 0; frame < frames; ++frame) {
    const int64_t runs[] = {left ? 0 : 8, 8, left ? 8 : 0};
    list.add(MaskRle::of_runs(runs, {4, 4}));
  }
  return list;
}

struct Case {
  GroundTruth truth;
  Results results;

  /// A video of two objects, of which `found` have a result.
  void add(int64_t id, int64_t found) {
    truth.videos.push_back({id, std::to_string(id), {4, 4}, 0, {}});
    for (int64_t i = 0; i < 2; ++i) {
      TruthTrack& track = truth.tracks.emplace_back();
      track.id = 10 * id + i + 1;
      track.video = id;
      track.category = 1;
      track.area = 8;
      track.masks = mask(i == 0, 3);
      if (i >= found) continue;
      results.tracks.push_back({id, 1, {}, 0.9 - 0.1 * static_cast<double>(i), 8, mask(i == 0, 3)});
    }
  }
};

Case with(const std::vector<int64_t>& found) {
  Case made;
  made.truth.categories = {{1, "thing"}};
  made.truth.annotated = true;
  for (size_t i = 0; i < found.size(); ++i) made.add(static_cast<int64_t>(i) + 1, found[i]);
  return made;
}

void expect_same(const Measures& here, const Measures& there,
                 const std::vector<const char*>& names) {
  for (const char* name : names) {
    EXPECT_EQ(test::measure(here, name), test::measure(there, name)) << name;
  }
}

const std::vector<const char*> kOfAllSizes = {"AP", "AP50", "AP75", "AR1", "AR10", "AR100"};

}  // namespace

TEST(Resampling, EveryVideoOnceIsTheEvaluation) {
  const Case one = with({2, 1, 0});
  const std::vector<int64_t> once = {1, 1, 1};
  expect_same(sample_evaluation(one.truth, one.results)(once),
              evaluate(one.truth, one.results).stats, kOfAllSizes);
  expect_same(sample_frames(one.truth, one.results)(once),
              evaluate_frames(one.truth, one.results).stats, kOfAllSizes);
  const Tracking tracking =
      evaluate_tracking(one.truth, one.results, -std::numeric_limits<double>::infinity());
  expect_same(sample_tracking(one.truth, one.results)(once), tracking.detection_sum.measures,
              {"HOTA", "DetA", "AssA", "IDF1", "IDSW"});
}

TEST(Resampling, VideosThatAreDrawnTwiceCountTwiceAndOthersNotAtAll) {
  const Case three = with({2, 1, 0}), drawn = with({2, 0, 0});
  const std::vector<int64_t> counts = {1, 0, 2}, once = {1, 1, 1};
  expect_same(sample_evaluation(three.truth, three.results)(counts),
              evaluate(drawn.truth, drawn.results).stats, kOfAllSizes);
  expect_same(sample_frames(three.truth, three.results)(counts),
              evaluate_frames(drawn.truth, drawn.results).stats, kOfAllSizes);
  expect_same(sample_tracking(three.truth, three.results)(counts),
              sample_tracking(drawn.truth, drawn.results)(once), {"HOTA", "DetA", "AssA"});
}

TEST(Resampling, GroupsBySizeAreNotMeasured) {
  const Case one = with({2, 1});
  const std::vector<int64_t> once = {1, 1};
  EXPECT_EQ(test::measure(sample_evaluation(one.truth, one.results)(once), "APs"), -1);
}
