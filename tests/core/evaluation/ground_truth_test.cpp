// Annotation files as strangers write them.

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "files.h"

using namespace clipwork;
using test::Files;
using test::kMask;
using testing::ContainsRegex;
using testing::HasSubstr;

TEST_F(Files, GroundTruthWithoutAnnotationsIsReadAsSuch) {
  for (const char* rest : {R"("annotations": null)", R"("info": {"a": [1, {"b": [2]}]})"}) {
    GroundTruth read = truth(
        cat(R"({"videos": [{"id": 3, "file_names": ["a/0.jpg", "a/1.jpg"]}], "categories": [], )",
            rest, "}"));
    EXPECT_FALSE(read.annotated);
    EXPECT_EQ(read.videos[0].length, 2);
    EXPECT_EQ(read.videos[0].name, "a");
  }
  EXPECT_TRUE(truth(R"({"videos": [], "categories": [], "annotations": []})").annotated);
}

TEST_F(Files, PolygonsMayStandBeforeTheVideosWhoseSizesTheyNeed) {
  GroundTruth read = truth(R"({"annotations": [{"id": 1, "video_id": 7, "category_id": 1,
    "iscrowd": 0, "areas": [100], "segmentations": [[[5, 5, 15, 5, 15, 15, 5, 15]]]}],
    "categories": [{"id": 1, "name": "a"}], "videos": [{"id": 7, "height": 20, "width": 20}]})");
  EXPECT_EQ(read.tracks[0].mask_area, 100);
  EXPECT_THAT(truth_refusal(R"({"annotations": [{"id": 1, "video_id": 7, "category_id": 1,
    "iscrowd": 0, "areas": [100], "segmentations": [[[5, 5, 15, 5, 15, 15, 5, 15]]]}],
    "categories": []})"),
              HasSubstr("'videos' is missing"));
}

TEST_F(Files, WhatIsWrongIsNamedWithEntryAndField) {
  EXPECT_THAT(truth_refusal("[]"),
              HasSubstr("a file with a list at the top level is a results file"));
  EXPECT_THAT(truth_refusal("{}"), HasSubstr("'videos' is missing"));
  EXPECT_THAT(truth_refusal(R"({"videos": [{"id": "x"}]})"),
              HasSubstr("videos[0], id: expected an integer, found 'x'"));
  EXPECT_THAT(truth_refusal(R"({"videos": 4})"),
              HasSubstr("videos: expected a list, found a number"));
  EXPECT_THAT(result_refusal("[7]"), HasSubstr("result 1: expected an object, found 7"));
  EXPECT_THAT(result_refusal(result_with(kMask, "null")),
              HasSubstr("result 1, score: expected a number, found null"));
  EXPECT_THAT(result_refusal(R"([{"video_id": 1, "category_id": 1.5}])"),
              HasSubstr("category_id: expected an integer, found 1.5"));
}

TEST_F(Files, EveryMalformedCodeOfTheGoldenListIsRefused) {
  auto golden = test::json(test::own_cases() / "rle.json");
  ASSERT_EQ(golden["must_be_refused"].Size(), 31u);
  for (const auto& entry : golden["must_be_refused"].GetArray()) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    entry["code"].Accept(writer);
    std::string name = entry["name"].GetString();
    const std::string member = R"((, (size|counts)(\[[0-9]+\])?)?: )";
    EXPECT_THAT(truth_refusal(truth_with(buffer.GetString())),
                ContainsRegex(R"(annotations\[0\] \(id 1\), segmentations\[0\])" + member))
        << name;
    EXPECT_THAT(result_refusal(result_with(buffer.GetString())),
                ContainsRegex(R"(result 1, segmentations\[0\])" + member))
        << name;
  }
}

TEST_F(Files, AByteOrderMarkIsSkippedInBothKindsOfFiles) {
  EXPECT_EQ(truth("\xEF\xBB\xBF" + truth_with(kMask)).tracks.size(), 1u);
  EXPECT_EQ(results("\xEF\xBB\xBF" + result_with(kMask)).tracks.size(), 1u);
}

TEST_F(Files, NumbersWithManyZerosAreReadWhereverTheyStand) {
  const std::string tiny = "0." + std::string(348, '0') + "1";
  EXPECT_EQ(results(result_with(kMask, tiny)).tracks[0].score, 0);
  EXPECT_EQ(truth(R"({"videos": [], "categories": [], "annotations": [], "x": )" + tiny + "}")
                .tracks.size(),
            0u);
  const GroundTruth read = truth(cat(R"({"videos": [], "categories": [], "annotations": [{"id": 1,
    "video_id": 1, "category_id": 1, "iscrowd": 0, "segmentations": [], "areas": [0.)",
                                     std::string(100, '0'), R"(, 0e308, 7]}]})"));
  EXPECT_EQ(read.tracks[0].area, 7);
}

TEST_F(Files, IdsMayBeTextOfDigits) {
  const GroundTruth read = truth(R"({"videos": [{"id": "1"}], "categories": [{"id": "2"}],
    "annotations": [{"id": "3", "video_id": "1", "category_id": "2", "iscrowd": 0, "areas": [],
                     "segmentations": []}]})");
  EXPECT_EQ(read.tracks[0].video, read.videos[0].id);
  EXPECT_EQ(read.tracks[0].category, read.categories[0].id);
  EXPECT_EQ(results(R"([{"video_id": "1", "category_id": "2", "score": 1, "segmentations": []}])")
                .tracks[0]
                .category,
            2);
}

TEST_F(Files, ABadPartOfAPolygonIsRefusedByItsNumber) {
  EXPECT_THAT(truth_refusal(truth_with("[[4, 4, 9, 4, 9, 9], [1, 1, 2, 2]]")),
              HasSubstr("segmentations[0], part 2 of 2: a polygon has 2 points, expected at least "
                        "three"));
}

TEST_F(Files, BytesAsPythonPrintsThemSayHowToWriteThem) {
  const std::string mask = R"({"size": [2, 2], "counts": "b'04'"})";
  EXPECT_THAT(
      result_refusal(result_with(mask)),
      HasSubstr("result 1, segmentations[0], counts: the bytes were written as Python prints "
                "them, b'...'; write counts.decode() instead of str(counts)"));
  EXPECT_THAT(truth_refusal(truth_with(mask)), HasSubstr("write counts.decode()"));
}
