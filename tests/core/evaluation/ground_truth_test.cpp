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
