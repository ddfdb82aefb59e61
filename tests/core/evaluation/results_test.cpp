// Result files as strangers write them.

#include <cmath>

#include "files.h"

using namespace clipwork;
using test::Files;
using test::kMask;
using testing::HasSubstr;

TEST_F(Files, DeepNestingIsAnErrorWhereverItStands) {
  const std::string deep(200000, '[');
  EXPECT_THAT(result_refusal(deep), HasSubstr("nested more than 500"));
  EXPECT_THAT(truth_refusal(R"({"info": )" + deep), HasSubstr("nested more than 500"));
  EXPECT_THAT(truth_refusal(truth_with(deep)), HasSubstr("nested more than 500"));
  EXPECT_THAT(result_refusal(result_with(deep)), HasSubstr("nested more than 500"));
}

TEST_F(Files, BrokenJsonIsAnErrorWithItsPlace) {
  EXPECT_THAT(result_refusal(""), HasSubstr("results.json: is not valid JSON at byte 1"));
  EXPECT_THAT(result_refusal("[1, "), HasSubstr("expected an object"));
  EXPECT_THAT(result_refusal("[] []"), HasSubstr("is not valid JSON at byte 4"));
  EXPECT_THAT(result_refusal(std::string("[]\0x", 4)), HasSubstr("is not valid JSON"));
  std::string cut = result_with(kMask);
  EXPECT_THAT(result_refusal(cut.substr(0, cut.size() - 3)), HasSubstr("is not valid JSON"));
  EXPECT_THAT(result_refusal(result_with("\"\xff\"")), HasSubstr("is not valid JSON"));
  EXPECT_THAT(refusal([] { read_results("/nowhere/results.json"); }),
              HasSubstr("/nowhere/results.json: cannot be read: No such file"));
}

TEST_F(Files, NumbersAreReadAsPythonReadsThem) {
  auto score = [&](const std::string& text) {
    return results(result_with(kMask, text)).tracks[0].score;
  };
  EXPECT_TRUE(std::isnan(score("NaN")));
  EXPECT_EQ(score("Infinity"), INFINITY);
  EXPECT_EQ(score("-Infinity"), -INFINITY);
  EXPECT_EQ(score("0.1234567890123456789"), 0.1234567890123456789);
  EXPECT_EQ(score("0.30000000000000004"), 0.30000000000000004);
  EXPECT_EQ(score("1e-320"), 1e-320);
  EXPECT_EQ(score("3"), 3);
  EXPECT_EQ(results(R"([{"video_id": 1.0, "category_id": 2, "score": 1, "segmentations": []}])")
                .tracks[0]
                .video,
            1);
}

TEST_F(Files, OfARepeatedNameTheLastCounts) {
  EXPECT_EQ(results(result_with(kMask, R"(0.1, "score": 0.9)")).tracks[0].score, 0.9);
  EXPECT_EQ(
      truth(R"({"videos": [{"id": 1}], "videos": [{"id": 2}], "categories": []})").videos[0].id, 2);
}

TEST_F(Files, AnyPieceOfAFileIsReadOrRefusedButNeverLoopsOrCrashes) {
  std::string whole = truth_with(R"({"size": [2, 2], "counts": [0, 4]})");
  for (size_t end = 0; end < whole.size(); end += 3)
    EXPECT_NE(truth_refusal(whole.substr(0, end)), "it was taken") << end;
  std::string list = result_with(kMask);
  for (size_t at = 0; at < list.size(); at += 2) {
    for (char c : {'"', '[', '}', '\x80'}) {
      std::string changed = list;
      changed[at] = c;
      result_refusal(changed);
    }
  }
}

TEST_F(Files, ResultsOfPicturesAreThoseOfVideosOfOneFrame) {
  const Results read = results(R"([{"image_id": 12, "category_id": 3, "score": 0.5,
    "bbox": [0, 0, 2, 2], "segmentation": {"size": [2, 2], "counts": "04"}}])");
  ASSERT_EQ(read.tracks.size(), 1u);
  EXPECT_EQ(read.tracks[0].video, 12);
  EXPECT_EQ(read.tracks[0].masks.frames(), 1);
  EXPECT_EQ(read.tracks[0].mask_area, 4);
  EXPECT_THAT(result_refusal(R"([{"image_id": 1, "category_id": 1, "score": 0.5}])"),
              HasSubstr("'segmentation' is missing"));
}
