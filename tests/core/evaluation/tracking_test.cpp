// Identity over time. Expected numbers come from TrackEval, or from its formulas by hand.

#include <cmath>
#include <limits>

#include "golden.h"

using namespace clipwork;

namespace {

constexpr double kEveryScore = -std::numeric_limits<double>::infinity();

/// A track whose frames hold one of two masks that share nothing ('l', 'r'), or none ('.').
MaskList masks(const std::string& frames) {
  MaskList list;
  for (char frame : frames) {
    if (frame == '.') {
      list.add_absent();
    } else {
      const int64_t runs[] = {frame == 'l' ? 0 : 8, 8, frame == 'l' ? 8 : 0};
      list.add(MaskRle::of_runs(runs, {4, 4}));
    }
  }
  return list;
}

Tracking identity(const std::vector<std::string>& truths, const std::vector<std::string>& results,
                  double min_score = kEveryScore) {
  GroundTruth truth;
  truth.videos.push_back({1, "1", {4, 4}, 0, {}});
  truth.categories = {{1, "thing"}, {2, "other"}};
  Results found;
  for (size_t i = 0; i < truths.size(); ++i) {
    TruthTrack& track = truth.tracks.emplace_back();
    track.id = static_cast<int64_t>(i) + 1;
    track.video = track.category = 1;
    track.masks = masks(truths[i]);
  }
  for (size_t i = 0; i < results.size(); ++i)
    found.tracks.push_back({1, 1, {}, 1 - 0.1 * static_cast<double>(i), 8, masks(results[i])});
  return evaluate_tracking(truth, found, min_score);
}

double of(const Tracking& tracking, const std::string& name) {
  return test::measure(tracking.detection_sum.measures, name);
}

}  // namespace

TEST(Identity, PerfectTracksScoreOne) {
  Tracking tracking = identity({"llll", "rr.r"}, {"rr.r", "llll"});
  for (const char* name : {"HOTA", "DetA", "AssA", "LocA", "MOTA", "IDF1"})
    EXPECT_NEAR(of(tracking, name), 1, 1e-12) << name;
  EXPECT_EQ(of(tracking, "IDSW"), 0);
}

TEST(Identity, SwappedHalvesKeepDetectionAndHalveAssociation) {
  Tracking tracking = identity({"llll", "rrrr"}, {"llrr", "rrll"});
  EXPECT_NEAR(of(tracking, "DetA"), 1, 1e-12);
  // Each pair shares 2 of 4 + 4 - 2 frames.
  EXPECT_NEAR(of(tracking, "AssA"), 1.0 / 3, 1e-12);
  EXPECT_NEAR(of(tracking, "HOTA"), std::sqrt(1.0 / 3), 1e-12);
  EXPECT_NEAR(of(tracking, "IDF1"), 0.5, 1e-12);
  EXPECT_EQ(of(tracking, "IDSW"), 2);
  EXPECT_NEAR(of(tracking, "MOTA"), (8.0 - 2) / 8, 1e-12);
}

TEST(Identity, ABrokenTrackIsAFragmentAndAPartnerIsRememberedOverTheGap) {
  Tracking tracking = identity({"lllll"}, {"ll...", "...ll"});
  EXPECT_EQ(of(tracking, "IDSW"), 1);
  EXPECT_EQ(of(tracking, "CLR_FN"), 1);
  EXPECT_EQ(of(tracking, "IDTP"), 2);
  EXPECT_EQ(of(tracking, "PT"), 1);
}

TEST(Identity, ClassesAreCombinedAsAMeanAndAsASum) {
  Tracking tracking = identity({"ll"}, {"ll"});
  ASSERT_EQ(tracking.categories.size(), 2u);
  // The class without anything counts as 0 in the mean.
  EXPECT_NEAR(test::measure(tracking.class_mean.measures, "HOTA"), 0.5, 1e-12);
  EXPECT_NEAR(of(tracking, "HOTA"), 1, 1e-12);
  EXPECT_EQ(test::measure(tracking.class_mean.measures, "IDTP"), 2);
}

TEST(Identity, ResultsBelowTheScoreThresholdDoNotCount) {
  EXPECT_EQ(of(identity({"ll"}, {"ll", "rr"}), "CLR_FP"), 2);
  EXPECT_EQ(of(identity({"ll"}, {"ll", "rr"}, 0.95), "CLR_FP"), 0);
  EXPECT_EQ(of(identity({"ll"}, {"ll", "rr"}, 2), "CLR_FN"), 2);
}

TEST(IdentityShared, EqualsTrackEval) {
  CLIPWORK_NEEDS_SHARED("evaluation/hota.json");
  auto folder = test::shared_cases() / "hota_input";
  auto golden = test::json(test::shared_cases() / "hota.json");
  Tracking tracking = evaluate_tracking(read_ground_truth(folder / "gt.json"),
                                        read_results(folder / "results.json"), kEveryScore);
  // The golden numbers have ten digits.
  constexpr double kTolerance = 1e-10;
  auto expect = [&](const std::string& name, const TrackingMeasures& measures) {
    SCOPED_TRACE(name);
    const auto& expected = golden["combined"][name.c_str()];
    for (const auto& [key, value] : measures.measures)
      EXPECT_NEAR(value, expected[key.c_str()].GetDouble(), kTolerance) << key;
    for (unsigned a = 0; a < 19; ++a) {
      EXPECT_EQ(measures.true_positives[a], expected["HOTA_TP"][a].GetDouble());
      EXPECT_EQ(measures.false_negatives[a], expected["HOTA_FN"][a].GetDouble());
      EXPECT_EQ(measures.false_positives[a], expected["HOTA_FP"][a].GetDouble());
      for (const auto& [key, values] : measures.curves) {
        if (!expected["curves"].HasMember(key.c_str())) continue;
        EXPECT_NEAR(values[a], expected["curves"][key.c_str()][a].GetDouble(), kTolerance) << key;
      }
    }
  };
  ASSERT_EQ(tracking.categories.size(), 4u);
  for (const auto& [category, measures] : tracking.categories) expect(category.name, measures);
  expect("cls_comb_cls_av", tracking.class_mean);
  expect("cls_comb_det_av", tracking.detection_sum);
  for (int64_t video = 1; video <= 5; ++video) {
    GroundTruth truth = read_ground_truth(folder / "gt.json");
    std::erase_if(truth.videos, [&](const VideoEntry& v) { return v.id != video; });
    std::erase_if(truth.tracks, [&](const TruthTrack& t) { return t.video != video; });
    Results results = read_results(folder / "results.json");
    std::erase_if(results.tracks, [&](const ResultTrack& r) { return r.video != video; });
    Tracking alone = evaluate_tracking(truth, results, kEveryScore);
    const auto& sequence = golden["sequences"][cat("seq", video).c_str()];
    for (const auto& [category, measures] : alone.categories) {
      SCOPED_TRACE(cat("sequence ", video, " ", category.name));
      for (const char* key : {"HOTA", "DetA", "AssA", "IDF1", "IDSW", "CLR_TP", "Frag"}) {
        EXPECT_NEAR(test::measure(measures.measures, key),
                    sequence[category.name.c_str()][key].GetDouble(), kTolerance)
            << key;
      }
    }
  }
}
