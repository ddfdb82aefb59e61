// The official numbers: small pairs of files, each with one point, and what the official code says.
// Expected numbers come from the YouTube-VIS evaluator (youtubevos/cocoapi).

#include <clipwork/data/picture_dataset.h>
#include <gmock/gmock.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <set>

#include "golden.h"

using namespace clipwork;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

const rapidjson::Document& cases() {
  static const rapidjson::Document all = [] {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseNanAndInfFlag | rapidjson::kParseFullPrecisionFlag>(
        test::read_file(test::own_cases() / "edge.json").c_str());
    return document;
  }();
  return all;
}

std::string text_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>,
                    rapidjson::CrtAllocator, rapidjson::kWriteNanAndInfFlag>
      writer(buffer);
  value.Accept(writer);
  return buffer.GetString();
}

class OfficialNumbers : public testing::Test {
 protected:
  test::ScratchFolder scratch;
  static std::set<std::string>& used() {
    static std::set<std::string> names;
    return names;
  }

  const rapidjson::Value& unpack(const std::string& name) {
    used().insert(name);
    const auto& golden = cases()[name.c_str()];
    scratch.write("gt.json", text_of(golden["gt"]));
    scratch.write("results.json", text_of(golden["results"]));
    return golden["expected"];
  }
  /// The numbers of the official code, and no warning.
  void same(const std::string& name) { EXPECT_THAT(warned(name), IsEmpty()); }
  /// The same numbers; gives the warnings.
  std::vector<std::string> warned(const std::string& name) {
    const auto& expected = unpack(name);
    Evaluation evaluation = test::evaluate_case(scratch.path());
    test::expect_golden(evaluation, expected);
    return evaluation.warnings;
  }
  /// Why the pair is refused, without the scratch folder's name.
  std::string refused(const std::string& name) {
    EXPECT_TRUE(unpack(name).HasMember("error"));
    return test::refusal(scratch.path()).substr(scratch.path().string().size() + 1);
  }
};

/// A data set of an annotation file whose pictures are not needed.
class AnnotationsAlone final : public PictureDataset {
 public:
  explicit AnnotationsAlone(const std::filesystem::path& path) {
    take(open_annotations(path.string()), "");
  }
};

Evaluation evaluate_dataset(const std::filesystem::path& folder) {
  return evaluate(ground_truth(AnnotationsAlone(folder / "gt.json"), "the data"),
                  read_results(folder / "results.json"));
}

}  // namespace

TEST_F(OfficialNumbers, OfADataSetAreThoseOfItsFile) {
  const auto& expected = unpack("base");
  test::expect_golden(evaluate_dataset(scratch.path()), expected);
  const auto& border = unpack("area_boundary");
  test::expect_golden(evaluate_dataset(scratch.path()), border);
}
TEST_F(OfficialNumbers, OfALargerDataSetAreThoseOfItsFile) {
  CLIPWORK_NEEDS_SHARED("evaluation/ovis/expected.json");
  for (const char* name : {"small", "ovis"}) {
    const auto folder = test::shared_cases() / name;
    test::expect_golden(evaluate_dataset(folder), test::json(folder / "expected.json"));
  }
}
TEST_F(OfficialNumbers, OfTheBasePair) { same("base"); }
TEST_F(OfficialNumbers, LimitsOfSizeGroupsBelongToBothGroups) { same("area_boundary"); }
TEST_F(OfficialNumbers, ClassesAreOrderedByTheirIds) { same("category_order"); }
TEST_F(OfficialNumbers, AClassWithoutGroundTruthIsLeftOutAndOneWithoutResultsCountsAsZero) {
  same("category_without_ground_truth");
}
TEST_F(OfficialNumbers, ARepeatedResultIsAFalsePositive) { same("duplicate_results"); }
TEST_F(OfficialNumbers, AnEmptyListInGroundTruthIsNoMask) { same("empty_list_segmentation"); }
TEST_F(OfficialNumbers, AResultOfEmptyMasksOverlapsNothing) { same("empty_masks_not_null"); }
TEST_F(OfficialNumbers, OfTwoEqualOverlapsTheLaterTrackWins) { same("equal_overlaps"); }
TEST_F(OfficialNumbers, AThresholdIsMetAtEquality) { same("exact_thresholds"); }
TEST_F(OfficialNumbers, TheIgnoreFieldHasNoEffect) { same("ignore_field"); }
TEST_F(OfficialNumbers, ACrowdIsIgnoredAndTakesManyResultsAtOrdinaryOverlap) { same("iscrowd"); }
TEST_F(OfficialNumbers, AllFormsOfAMaskAreTheSameMask) { same("mask_forms"); }
TEST_F(OfficialNumbers, LimitsOfResultsCutWithinAVideoAndClass) { same("max_detections"); }
TEST_F(OfficialNumbers, BoxesLengthsAndFileNamesMayBeMissing) { same("missing_boxes"); }
TEST_F(OfficialNumbers, ScoresMayBeInfiniteZeroAndNegative) { same("odd_scores"); }
TEST_F(OfficialNumbers, VideosOfOneFrameAreImages) { same("one_frame"); }
TEST_F(OfficialNumbers, RecallsLieOnTheGridOfDoubles) { same("recall_grid"); }
TEST_F(OfficialNumbers, IdsOfResultsDoNotMatter) { same("result_ids"); }
TEST_F(OfficialNumbers, OfEqualScoresTheFirstTakesTheTrack) { same("score_tie_same_track"); }
TEST_F(OfficialNumbers, EqualScoresKeepTheOrderOfVideoIdsAndThenOfTheFile) { same("score_ties"); }
TEST_F(OfficialNumbers, ResultsInAVideoWithoutAnnotationsAreFalsePositives) {
  same("video_without_annotations");
}

TEST_F(OfficialNumbers, TwoTracksWithoutPixelsHaveNoOverlapAndThatIsSaid) {
  EXPECT_THAT(warned("all_null_track"),
              ElementsAre("a result and a track have no pixels to compare, so their overlap is 0: "
                          "result 5 and track 4 of video 1: both are empty"));
}
TEST_F(OfficialNumbers, AVideoMayHaveNoFrames) {
  EXPECT_THAT(warned("zero_frames"), ElementsAre(HasSubstr("no pixels to compare")));
}
TEST_F(OfficialNumbers, SizeGroupsFollowTheAreasOfTheFileEvenIfTheyAreWrongAndThatIsSaid) {
  EXPECT_THAT(warned("areas_disagree"),
              ElementsAre(HasSubstr("areas in the file differ from those of the masks")));
}
TEST_F(OfficialNumbers, TheLastOfTwoTracksWithOneIdStandsForBothAndThatIsSaid) {
  EXPECT_THAT(
      warned("duplicate_ground_truth_ids"),
      ElementsAre(AllOf(HasSubstr("the id of a later track"), HasSubstr("id 1, in video 1"))));
}
TEST_F(OfficialNumbers, ATrackOfId0IsNeverFoundAndThatIsSaid) {
  EXPECT_THAT(warned("ground_truth_id_zero"), ElementsAre(HasSubstr("a track has the id 0")));
}
TEST_F(OfficialNumbers, FramesBehindTheEndOfTheShorterListAreDroppedAndThatIsSaid) {
  EXPECT_THAT(warned("frame_count_mismatch"),
              ElementsAre(AllOf(HasSubstr("lists of different length"),
                                HasSubstr(": 2, the first: "), HasSubstr("2 and 4 frames"))));
}
TEST_F(OfficialNumbers, FramesWithMasksOfTwoSizesCountForNothingAndThatIsSaid) {
  EXPECT_THAT(warned("size_mismatch"),
              ElementsAre(HasSubstr("in 2 of 4 frames, 50 x 30 against 60 x 40"),
                          HasSubstr("their sizes differ")));
}
TEST_F(OfficialNumbers, ResultsOfUnknownClassesAreLeftOutAndThatIsSaid) {
  EXPECT_THAT(warned("unknown_category"), ElementsAre(HasSubstr("result 5, class 9")));
}
TEST_F(OfficialNumbers, TheScoreNaNComesLastAndThatIsSaid) {
  EXPECT_THAT(warned("nan_score"), ElementsAre(HasSubstr("the score NaN")));
}
TEST_F(OfficialNumbers, WithoutATrackEverythingIsMinusOneAndThatIsSaid) {
  EXPECT_THAT(warned("no_ground_truth_at_all"), ElementsAre(HasSubstr("nothing to measure")));
}
TEST_F(OfficialNumbers, AnEmptyListOfResultsScoresZero) {
  const auto& expected = unpack("empty_results");
  Evaluation evaluation = test::evaluate_case(scratch.path());
  for (const auto& [name, value] : expected["if_accepted"].GetObject())
    EXPECT_EQ(test::measure(evaluation.stats, name.GetString()), value.GetDouble());
  EXPECT_THAT(evaluation.warnings, ElementsAre(HasSubstr("the list of results is empty")));
}

TEST_F(OfficialNumbers, WhatTheOfficialCodeStopsAtIsRefusedWithFileEntryAndField) {
  EXPECT_THAT(refused("missing_areas"),
              testing::StartsWith("gt.json, annotations[0] (id 1): 'areas' is missing"));
  EXPECT_THAT(refused("missing_iscrowd"),
              testing::StartsWith("gt.json, annotations[0] (id 1): 'iscrowd' is missing"));
  EXPECT_EQ(refused("missing_score"), "results.json, result 2: 'score' is missing");
  EXPECT_EQ(refused("results_not_a_list"),
            "results.json: expected a list of results, found an object");
  EXPECT_THAT(
      refused("results_polygons"),
      testing::StartsWith("results.json, result 1, segmentations[0]: a mask is given as polygons"));
  EXPECT_THAT(
      refused("results_uncompressed"),
      testing::StartsWith("results.json, result 1, segmentations[0]: a mask has uncompressed"));
  EXPECT_THAT(refused("unknown_video"),
              testing::StartsWith("results.json: result 5 belongs to video 77"));
}

TEST_F(OfficialNumbers, EveryCaseHasItsSentence) {
  for (const auto& [name, value] : cases().GetObject()) {
    EXPECT_TRUE(used().count(name.GetString())) << name.GetString();
  }
}

TEST_F(OfficialNumbers, WithoutClassesAllTracksOfAVideoCompete) {
  unpack("unknown_category");
  GroundTruth truth = read_ground_truth(scratch.path() / "gt.json");
  Results results = read_results(scratch.path() / "results.json");
  EvaluationOptions options;
  options.class_agnostic = true;
  Evaluation evaluation = evaluate(truth, results, options);
  EXPECT_THAT(evaluation.categories, IsEmpty());
  EXPECT_EQ(evaluation.curves.categories, 1);
  // Under other classes nothing is found, unless classes do not matter.
  for (ResultTrack& result : results.tracks) result.category = 3 - result.category;
  EXPECT_EQ(test::measure(evaluate(truth, results).stats, "AP50"), 0);
  EXPECT_EQ(test::measure(evaluate(truth, results, options).stats, "AP50"),
            test::measure(evaluation.stats, "AP50"));
  // The result of a class that the ground truth does not list is one of them, and a wrong one.
  EXPECT_NEAR(test::measure(evaluation.stats, "AP50"), 0.75, 1e-9);
  std::erase_if(results.tracks,
                [](const ResultTrack& one) { return one.category < 1 || one.category > 2; });
  EXPECT_GT(test::measure(evaluate(truth, results, options).stats, "AP50"), 0.9);
}

TEST_F(OfficialNumbers, WithoutClassesThoseThatTheGroundTruthDoesNotListCountToo) {
  unpack("base");
  const GroundTruth truth = read_ground_truth(scratch.path() / "gt.json");
  Results results;
  for (const TruthTrack& track : truth.tracks) {
    results.tracks.push_back({track.video, 1000 + track.id, {}, 1, track.mask_area, track.masks});
  }
  EvaluationOptions options;
  options.class_agnostic = true;
  const Evaluation evaluation = evaluate(truth, results, options);
  EXPECT_THAT(evaluation.warnings, IsEmpty());
  EXPECT_NEAR(test::measure(evaluation.stats, "AP"), 1, 1e-12);
  EXPECT_NEAR(test::measure(evaluate_frames(truth, results, true).stats, "AP"), 1, 1e-12);
  const int64_t borders[] = {3};
  EXPECT_NEAR(test::measure(evaluate_lengths(truth, results, borders, true)[0].stats, "AP"), 1,
              1e-12);
  const Tracking tracking = evaluate_tracking(truth, results, 0, true);
  EXPECT_THAT(tracking.categories, IsEmpty());
  EXPECT_NEAR(test::measure(tracking.detection_sum.measures, "HOTA"), 1, 1e-12);
  // With classes they are left out.
  EXPECT_EQ(test::measure(evaluate(truth, results).stats, "AP"), 0);
  EXPECT_FALSE(evaluate(truth, results).warnings.empty());
}

TEST_F(OfficialNumbers, BoxesOverlapWhereMasksDoNot) {
  // Two halves of a diagonal: no pixel in common, and one box.
  scratch.write(
      "gt.json",
      R"({"videos": [{"id": 1, "height": 2, "width": 2}], "categories": [{"id": 1, "name": "a"}],
    "annotations": [{"id": 1, "video_id": 1, "category_id": 1, "iscrowd": 0, "areas": [2],
    "segmentations": [{"size": [2, 2], "counts": [0, 1, 2, 1]}]}]})");
  scratch.write("results.json", R"([{"video_id": 1, "category_id": 1, "score": 1,
    "segmentations": [{"size": [2, 2], "counts": "121"}]}])");
  GroundTruth truth = read_ground_truth(scratch.path() / "gt.json");
  Results results = read_results(scratch.path() / "results.json");
  EvaluationOptions boxes;
  boxes.boxes = true;
  EXPECT_EQ(test::measure(evaluate(truth, results).stats, "AP"), 0);
  EXPECT_NEAR(test::measure(evaluate(truth, results, boxes).stats, "AP"), 1, 1e-12);
}

TEST_F(OfficialNumbers, VideosOfALengthAreEvaluatedAsIfThereWereNoOthers) {
  unpack("base");
  GroundTruth truth = read_ground_truth(scratch.path() / "gt.json");
  Results results = read_results(scratch.path() / "results.json");
  const int64_t borders[] = {3};
  auto groups = evaluate_lengths(truth, results, borders);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].videos, 1);
  EXPECT_EQ(groups[0].longest, 3);
  EXPECT_EQ(groups[1].shortest, 4);
  for (int64_t video : {2, 1}) {
    GroundTruth part = truth;
    std::erase_if(part.videos, [&](const VideoEntry& v) { return v.id != video; });
    std::erase_if(part.tracks, [&](const TruthTrack& t) { return t.video != video; });
    Results found = results;
    std::erase_if(found.tracks, [&](const ResultTrack& r) { return r.video != video; });
    EXPECT_EQ(groups[video == 2 ? 0 : 1].stats, evaluate(part, found).stats);
  }
}

TEST_F(OfficialNumbers, GroundTruthAgainstItselfIsPerfect) {
  unpack("area_boundary");
  GroundTruth truth = read_ground_truth(scratch.path() / "gt.json");
  Results results;
  for (const TruthTrack& track : truth.tracks)
    results.tracks.push_back({track.video, track.category, {}, 1, track.mask_area, track.masks});
  Evaluation evaluation = evaluate(truth, results);
  for (const auto& [name, value] : evaluation.stats) {
    if (name != "AR1") {
      EXPECT_NEAR(value, 1, 1e-12) << name;
    }
  }
  EXPECT_NEAR(test::measure(evaluate_frames(truth, results).stats, "AP"), 1, 1e-12);
}

TEST_F(OfficialNumbers, OfOvisFollowTheOcclusionOfTheFile) {
  // Two tracks: one never hidden, one severely in the upper half of its frames.
  const std::string mask = R"({"size": [2, 2], "counts": [0, 4]})";
  scratch.write(
      "gt.json",
      cat(R"({"videos": [{"id": 1, "height": 2, "width": 2}], "categories": [{"id": 1, "name": "a"}],
    "annotations": [{"id": 1, "video_id": 1, "category_id": 1, "iscrowd": 0, "areas": [4, null],
    "occlusion": ["no_occlusion", null], "segmentations": [)",
          mask, R"(, null]},
    {"id": 2, "video_id": 1, "category_id": 1, "iscrowd": 0, "areas": [4, 4],
    "occlusion": ["severe_occlusion", "slight_occlusion"], "segmentations": [null, )",
          mask, "]}]}"));
  scratch.write("results.json", R"([{"video_id": 1, "category_id": 1, "score": 1,
    "segmentations": [null, {"size": [2, 2], "counts": "04"}]}])");
  GroundTruth truth = read_ground_truth(scratch.path() / "gt.json");
  EXPECT_EQ(truth.tracks[0].occlusion, 0);
  EXPECT_EQ(truth.tracks[1].occlusion, 0.75);
  Evaluation evaluation = test::evaluate_case(scratch.path());
  EXPECT_EQ(evaluation.stats.size(), 18u);
  EXPECT_EQ(test::measure(evaluation.stats, "APso"), 0);
  EXPECT_EQ(test::measure(evaluation.stats, "APmo"), -1);
  EXPECT_NEAR(test::measure(evaluation.stats, "APho"), 1, 1e-12);
  // OVIS's own code stops at lists of different length.
  scratch.write("results.json", R"([{"video_id": 1, "category_id": 1, "score": 1,
    "segmentations": [{"size": [2, 2], "counts": "04"}]}])");
  EXPECT_THAT(test::refusal(scratch.path()), HasSubstr("1 and 2 frames"));
}

// ---- the larger pairs

TEST(OfficialNumbersShared, EveryPairGivesTheArraysOfTheOfficialCode) {
  CLIPWORK_NEEDS_SHARED("evaluation/small/gt.json");
  for (const char* name : {"small", "ovis", "edge/long_video", "edge/more_than_100"}) {
    SCOPED_TRACE(name);
    auto folder = test::shared_cases() / name;
    test::expect_golden(test::evaluate_case(folder), test::json(folder / "expected.json"));
  }
  auto edge = test::shared_cases() / "edge";
  for (const auto& [name, value] : cases().GetObject()) {
    SCOPED_TRACE(name.GetString());
    auto expected = test::json(edge / name.GetString() / "expected.json");
    if (expected.HasMember("error")) continue;
    test::expect_golden(test::evaluate_case(edge / name.GetString()), expected);
  }
}

TEST(OfficialNumbersShared, SingleFramesGiveTheNumbersOfTheImageEvaluator) {
  CLIPWORK_NEEDS_SHARED("evaluation/small/frame_ap.json");
  auto folder = test::shared_cases() / "small";
  auto expected = test::json(folder / "frame_ap.json");
  Evaluation evaluation =
      evaluate_frames(read_ground_truth(folder / "gt.json"), read_results(folder / "results.json"));
  for (const auto& [name, value] : expected["stats"].GetObject())
    EXPECT_NEAR(test::measure(evaluation.stats, name.GetString()), value.GetDouble(), 1e-12);
  for (const CategoryMeasures& category : evaluation.categories) {
    EXPECT_NEAR(test::measure(category.measures, "AP"),
                expected["per_category_AP"][std::to_string(category.id).c_str()].GetDouble(),
                1e-12);
  }
}
