// Failure analysis: the numbers that AP and CLEAR share with the evaluation, and errors by hand.

#include <clipwork/host/analysis.h>

#include <algorithm>
#include <limits>

#include "golden.h"

using namespace clipwork;

namespace {

/// A track of 4x4 frames: the left or the right half ('l', 'r'), three pixels of the left half
/// ('s'), or no mask ('.').
MaskList drawn(const std::string& frames) {
  MaskList list;
  for (const char frame : frames) {
    if (frame == '.') {
      list.add_absent();
    } else {
      const int64_t first = frame == 'r' ? 8 : 0, count = frame == 's' ? 3 : 8;
      const int64_t runs[] = {first, count, 16 - first - count};
      list.add(MaskRle::of_runs(runs, {4, 4}));
    }
  }
  return list;
}

/// Videos 1 and 2 with the classes dog (1) and cat (2).
struct DrawnCase {
  GroundTruth truth;
  Results results;

  DrawnCase() {
    truth.annotated = true;
    truth.categories = {{1, "dog"}, {2, "cat"}};
    for (int64_t id : {1, 2}) truth.videos.push_back({id, std::to_string(id), {4, 4}, 4, {}});
  }
  DrawnCase& object(const std::string& frames, int64_t category = 1, int64_t video = 1) {
    TruthTrack& track = truth.tracks.emplace_back();
    track.id = static_cast<int64_t>(truth.tracks.size());
    track.video = video;
    track.category = category;
    track.area = track.mask_area = 8;
    track.masks = drawn(frames);
    return *this;
  }
  DrawnCase& result(const std::string& frames, double score, int64_t category = 1,
                    int64_t video = 1) {
    results.tracks.push_back({video, category, {}, score, 8, drawn(frames)});
    return *this;
  }
  Analysis analysis(std::optional<double> min_score = 0) const {
    return analyse(truth, results, {.class_agnostic = false, .min_score = min_score});
  }
};

int64_t errors_of(const Analysis& analysis, ErrorType type) {
  for (const ErrorAnalysis& error : analysis.errors)
    if (error.type == type) return error.count;
  return -1;
}

double gain_of(const Analysis& analysis, ErrorType type) {
  for (const ErrorAnalysis& error : analysis.errors)
    if (error.type == type) return error.ap50_gain;
  return -1;
}

const BinAnalysis& bin(const Analysis& analysis, const std::string& property,
                       const std::string& name) {
  for (const PropertyAnalysis& one : analysis.properties) {
    if (one.name != property) continue;
    for (const BinAnalysis& found : one.bins)
      if (found.name == name) return found;
  }
  throw std::runtime_error("there is no bin " + name + " of " + property);
}

}  // namespace

TEST(Analysis, PerfectResultsHaveNoErrors) {
  const Analysis analysis = DrawnCase()
                                .object("llll")
                                .object("rrrr", 2)
                                .result("llll", 0.9)
                                .result("rrrr", 0.8, 2)
                                .analysis();
  EXPECT_NEAR(analysis.ap50, 1, 1e-12);
  for (const ErrorAnalysis& error : analysis.errors) {
    EXPECT_EQ(error.count, 0) << short_name(error.type);
    EXPECT_EQ(error.ap50_gain, 0) << short_name(error.type);
  }
  ASSERT_EQ(analysis.tracks.size(), 2u);
  for (const TrackAnalysis& track : analysis.tracks) {
    EXPECT_EQ(track.error, ErrorType::none);
    EXPECT_EQ(track.overlap, 1);
    EXPECT_EQ(track.found_frames, 4);
  }
  EXPECT_EQ(analysis.videos[0].found, 2);
  EXPECT_NEAR(analysis.videos[0].ap, 1, 1e-12);
  EXPECT_EQ(analysis.videos[1].ap, -1) << "the second video has no objects";
  EXPECT_EQ(analysis.confused(0, 0), 1);
  EXPECT_EQ(analysis.confused(1, 1), 1);
}

TEST(Analysis, EveryErrorHasItsType) {
  // By overlap: 1 with the other class; 3/8; 4/8 of the frames are missing, so 8/32 with one frame.
  const struct {
    const char* frames;
    int64_t category;
    ErrorType type;
  } kCases[] = {{"llll", 2, ErrorType::classification},
                {"ssss", 1, ErrorType::spatial},
                {"l...", 1, ErrorType::temporal},
                {"ssss", 2, ErrorType::both},
                {"rrrr", 1, ErrorType::background}};
  for (const auto& one : kCases) {
    const Analysis analysis =
        DrawnCase().object("llll").result(one.frames, 0.5, one.category).analysis();
    EXPECT_EQ(errors_of(analysis, one.type), 1) << short_name(one.type);
    const bool is_miss = one.type == ErrorType::both || one.type == ErrorType::background;
    EXPECT_EQ(errors_of(analysis, ErrorType::missed), is_miss) << short_name(one.type);
    const ErrorType of_object = one.type == ErrorType::background ? ErrorType::missed : one.type;
    EXPECT_EQ(analysis.tracks[0].error, of_object);
    EXPECT_EQ(analysis.tracks[0].result == nullptr, one.type == ErrorType::background);
  }
  const Analysis twice =
      DrawnCase().object("llll").result("llll", 0.9).result("lll.", 0.5).analysis();
  EXPECT_EQ(errors_of(twice, ErrorType::duplicate), 1);
}

TEST(Analysis, ASwappedTrackIsATemporalErrorOfBothObjects) {
  const DrawnCase one =
      DrawnCase().object("llll").object("rrrr").result("llrr", 0.9).result("rrll", 0.8);
  const Analysis analysis = one.analysis();
  EXPECT_EQ(errors_of(analysis, ErrorType::temporal), 2);
  ASSERT_EQ(analysis.switches.size(), 2u);
  EXPECT_EQ(analysis.switches[0].frame, 2);
  EXPECT_EQ(analysis.switches[0].truth, &one.truth.tracks[0]);
  EXPECT_EQ(analysis.switches[0].before, &one.results.tracks[0]);
  EXPECT_EQ(analysis.switches[0].after, &one.results.tracks[1]);
  EXPECT_EQ(analysis.tracks[0].switches, 1);
  EXPECT_EQ(test::measure(analysis.videos[0].tracking, "IDSW"), 2);
  EXPECT_EQ(test::measure(analysis.tracking, "IDSW"), 2);
}

TEST(Analysis, AResultThatIsMatchedExplainsNoOtherObject) {
  // The result covers the left half, and the second object is a part of it.
  const Analysis analysis =
      DrawnCase().object("llll").object("ssss").result("llll", 0.9).analysis();
  EXPECT_EQ(analysis.tracks[0].error, ErrorType::none);
  EXPECT_EQ(analysis.tracks[1].error, ErrorType::missed);
  EXPECT_EQ(analysis.tracks[1].result, nullptr);
}

TEST(Analysis, GainsAreThoseOfMendedErrors) {
  // Two objects of a class: one found, one with a poor mask, and a false positive above both.
  const Analysis analysis = DrawnCase()
                                .object("llll")
                                .object("rrrr", 1, 2)
                                .result("rrrr", 0.9)
                                .result("llll", 0.8)
                                .analysis();
  // One of two found behind one error: precision 1/2 up to recall 0.5, which is 51 of 101 recalls.
  EXPECT_NEAR(analysis.ap50, 51.0 / 101 / 2, 1e-12);
  EXPECT_NEAR(gain_of(analysis, ErrorType::background), 51.0 / 101 / 2, 1e-12);
  EXPECT_NEAR(gain_of(analysis, ErrorType::missed), 0.5 - 51.0 / 101 / 2, 1e-12);
  EXPECT_EQ(gain_of(analysis, ErrorType::duplicate), 0);
  const Analysis poor =
      DrawnCase().object("llll").result("ssss", 0.9).result("l...", 0.8).analysis();
  EXPECT_EQ(poor.ap50, 0);
  EXPECT_NEAR(gain_of(poor, ErrorType::spatial), 1, 1e-12);
  EXPECT_NEAR(gain_of(poor, ErrorType::temporal), 0.5, 1e-12) << "an error of a higher score stays";
}

TEST(Analysis, ScoreIsThatOfTheBestF1UnlessItIsGiven) {
  const DrawnCase one = DrawnCase()
                            .object("llll")
                            .object("rrrr")
                            .result("llll", 0.9)
                            .result("rrrr", 0.6)
                            .result("s...", 0.3);
  const Analysis chosen = one.analysis({});
  EXPECT_TRUE(chosen.min_score_chosen);
  EXPECT_EQ(chosen.min_score, 0.6);
  EXPECT_EQ(chosen.videos[0].results, 2);
  EXPECT_EQ(one.analysis(0.7).videos[0].found, 1);
  EXPECT_EQ(one.analysis(0.7).ap50, chosen.ap50) << "AP takes all results";
}

TEST(Analysis, ConfusionCountsObjectsByTheClassOfTheirResult) {
  const Analysis analysis = DrawnCase()
                                .object("llll")
                                .object("rrrr")
                                .object("llll", 2, 2)
                                .result("llll", 0.9, 2)
                                .result("llll", 0.8, 1)
                                .result("rrrr", 0.7, 2, 2)
                                .analysis();
  EXPECT_EQ(analysis.confused(0, 1), 1) << "the result of the higher score chooses first";
  EXPECT_EQ(analysis.confused(0, 2), 1) << "the second dog has no result";
  EXPECT_EQ(analysis.confused(1, 2), 1);
  EXPECT_EQ(analysis.confused(2, 1), 1) << "a cat where there is nothing";
  EXPECT_EQ(analysis.confused(0, 0), 0);
}

TEST(Analysis, BinsTakeObjectsByLengthAndSpeed) {
  const Analysis analysis =
      DrawnCase().object("llll").object("lr..", 1, 2).result("llll", 0.9).analysis();
  EXPECT_EQ(bin(analysis, "length", "up to 8").tracks, 2);
  EXPECT_EQ(bin(analysis, "length", "9 to 16").tracks, 0);
  EXPECT_EQ(bin(analysis, "length", "9 to 16").ap, -1);
  EXPECT_EQ(bin(analysis, "speed", "slow").tracks, 1);
  EXPECT_NEAR(bin(analysis, "speed", "slow").ap, 1, 1e-12)
      << "a match with another bin's object is ignored";
  EXPECT_EQ(bin(analysis, "speed", "fast").tracks, 1);
  EXPECT_EQ(bin(analysis, "speed", "fast").ap, 0);
  EXPECT_EQ(*analysis.tracks[1].motion_iou, 0);
  EXPECT_EQ(analysis.tracks[1].end_frame, 2);
}

TEST(Analysis, CrowdsAreNeitherObjectsNorErrors) {
  DrawnCase one = DrawnCase().object("llll").object("rrrr").result("rrrr", 0.9).result("llll", 0.8);
  one.truth.tracks[1].crowd = true;
  const Analysis analysis = one.analysis();
  EXPECT_EQ(analysis.tracks.size(), 1u);
  EXPECT_NEAR(analysis.ap50, 1, 1e-12);
  for (const ErrorAnalysis& error : analysis.errors) EXPECT_EQ(error.count, 0);
}

TEST(Analysis, SharesItsNumbersWithTheEvaluation) {
  DrawnCase one = DrawnCase()
                      .object("llll")
                      .object("rrr.", 2)
                      .object("ll..", 1, 2)
                      .result("lll.", 0.9)
                      .result("rrrr", 0.8, 2)
                      .result("rrrr", 0.7, 1, 2)
                      .result("l...", 0.6, 1, 2);
  for (TruthTrack& track : one.truth.tracks) track.occlusion = 0.3;
  const Evaluation evaluation = evaluate(one.truth, one.results);
  const Analysis analysis = one.analysis();
  EXPECT_NEAR(analysis.ap50, test::measure(evaluation.stats, "AP50"), 1e-12);
  EXPECT_NEAR(bin(analysis, "size", "small").ap, test::measure(evaluation.stats, "APs"), 1e-12);
  EXPECT_NEAR(bin(analysis, "occlusion", "moderate").ap, test::measure(evaluation.stats, "APmo"),
              1e-12);
  EXPECT_NEAR(bin(analysis, "occlusion", "moderate").ar100, test::measure(evaluation.stats, "ARmo"),
              1e-12);
  const Tracking tracking = evaluate_tracking(one.truth, one.results, 0);
  EXPECT_EQ(analysis.tracking, tracking.detection_sum.measures);
}

TEST(Analysis, RefusesSinglePictures) {
  DrawnCase one;
  one.truth.pictures = true;
  EXPECT_THROW(one.analysis(), InputError);
}
