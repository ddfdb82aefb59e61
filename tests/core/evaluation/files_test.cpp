// Annotation and result files as strangers write them.

#include <gmock/gmock.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>

#include "golden.h"

using namespace clipwork;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr const char* kMask = R"({"size": [2, 2], "counts": "04"})";

class Files : public testing::Test {
 protected:
  test::ScratchFolder scratch;

  static std::string truth_with(const std::string& mask) {
    return cat(R"({"videos": [{"id": 1, "height": 20, "width": 20, "length": 1}],
      "categories": [{"id": 1, "name": "a"}], "annotations": [{"id": 1, "video_id": 1,
      "category_id": 1, "iscrowd": 0, "areas": [4], "segmentations": [)",
               mask, "]}]}");
  }
  static std::string result_with(const std::string& mask, const std::string& score = "0.5") {
    return cat(R"([{"video_id": 1, "category_id": 1, "score": )", score, R"(, "segmentations": [)",
               mask, "]}]");
  }
  GroundTruth truth(const std::string& text) {
    return read_ground_truth(scratch.write("gt.json", text));
  }
  Results results(const std::string& text) {
    return read_results(scratch.write("results.json", text));
  }
  template <class Read>
  std::string refusal(Read read) {
    try {
      read();
    } catch (const InputError& error) {
      return error.what();
    }
    return "it was taken";
  }
  std::string truth_refusal(const std::string& text) {
    return refusal([&] { truth(text); });
  }
  std::string result_refusal(const std::string& text) {
    return refusal([&] { results(text); });
  }
};

}  // namespace

TEST_F(Files, EveryMalformedCodeOfTheGoldenListIsRefused) {
  auto golden = test::json(test::own_cases() / "rle.json");
  ASSERT_EQ(golden["must_be_refused"].Size(), 31u);
  for (const auto& entry : golden["must_be_refused"].GetArray()) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    entry["code"].Accept(writer);
    std::string name = entry["name"].GetString();
    EXPECT_THAT(truth_refusal(truth_with(buffer.GetString())),
                HasSubstr("annotations[0] (id 1), segmentations[0]: "))
        << name;
    EXPECT_THAT(result_refusal(result_with(buffer.GetString())),
                HasSubstr("result 1, segmentations[0]: "))
        << name;
  }
}

TEST_F(Files, DeepNestingIsAnErrorWhereverItStands) {
  const std::string deep(200000, '[');
  EXPECT_THAT(result_refusal(deep), HasSubstr("nested more than 500"));
  EXPECT_THAT(truth_refusal(R"({"info": )" + deep), HasSubstr("nested more than 500"));
  EXPECT_THAT(truth_refusal(truth_with(deep)), HasSubstr("nested more than 500"));
  EXPECT_THAT(result_refusal(result_with(deep)), HasSubstr("nested more than 500"));
}

TEST_F(Files, BrokenJsonIsAnErrorWithItsPlace) {
  EXPECT_THAT(result_refusal(""), HasSubstr("results.json: is not valid JSON at byte 1"));
  EXPECT_THAT(result_refusal("[1, "), HasSubstr("instead of an object"));
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

TEST_F(Files, GroundTruthWithoutAnnotationsIsReadAsSuch) {
  for (const char* rest : {R"("annotations": null)", R"("info": {"a": [1, {"b": [2]}]})"}) {
    GroundTruth read = truth(
        cat(R"({"videos": [{"id": 3, "file_names": ["a/0.jpg", "a/1.jpg"]}], "categories": [], )",
            rest, "}"));
    EXPECT_FALSE(read.annotated);
    EXPECT_EQ(read.videos[0].frames, 2);
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
  EXPECT_THAT(truth_refusal("[]"), HasSubstr("is this a results file?"));
  EXPECT_THAT(truth_refusal("{}"), HasSubstr("'videos' is missing"));
  EXPECT_THAT(truth_refusal(R"({"videos": [{"id": "x"}]})"),
              HasSubstr("videos[0]: 'id' is 'x' instead of a whole number"));
  EXPECT_THAT(truth_refusal(R"({"videos": 4})"),
              HasSubstr("'videos' is a number instead of a list"));
  EXPECT_THAT(result_refusal("[7]"), HasSubstr("result 1: it is 7 instead of an object"));
  EXPECT_THAT(result_refusal(result_with(kMask, "null")),
              HasSubstr("result 1: 'score' is null instead of a number"));
  EXPECT_THAT(result_refusal(R"([{"video_id": 1, "category_id": 1.5}])"),
              HasSubstr("'category_id' is 1.5 instead of a whole number"));
}

TEST_F(Files, AZipFileHoldsResultsJsonAtItsRoot) {
  results(result_with(kMask));
  auto zip = scratch.path() / "submission.zip";
  write_submission(scratch.path() / "results.json", zip);
  EXPECT_EQ(read_results(zip).tracks.size(), 1u);
  EXPECT_THAT(check_results(zip, truth(truth_with(kMask))), ElementsAre(HasSubstr("2 x 2")));

  // The same under another name, which no server finds.
  std::string bytes = test::read_file(zip);
  for (size_t at = 0; (at = bytes.find("results.json", at)) != std::string::npos; ++at)
    bytes.replace(at, 12, "folder/r.jsn");
  auto other = scratch.write("other.zip", bytes);
  EXPECT_THAT(refusal([&] { read_results(other); }),
              testing::AllOf(HasSubstr("no results.json at its root"), HasSubstr("folder/r.jsn")));
  EXPECT_THAT(refusal([&] { read_results(scratch.write("no.zip", "PK, but no zip")); }),
              HasSubstr("cannot be read as a zip file"));
}

TEST_F(Files, ACheckFindsAllThatAServerWouldRefuse) {
  GroundTruth instances = truth(
      R"({"videos": [{"id": 1, "height": 2, "width": 2, "length": 1}],
          "categories": [{"id": 1, "name": "a"}], "annotations": null})");
  auto faults = [&](const std::string& text) {
    return check_results(scratch.write("results.json", text), instances);
  };
  EXPECT_THAT(faults(result_with(kMask)), IsEmpty());
  EXPECT_THAT(faults("[]"), ElementsAre(HasSubstr("the list of results is empty")));
  EXPECT_THAT(
      faults(cat(R"([{"video_id": 9, "category_id": 1, "score": 1, "segmentations": []},
      {"video_id": 1, "category_id": 0, "score": NaN, "segmentations": [null, null]},
      {"video_id": 1},
      {"video_id": 1, "category_id": 1, "score": 1, "segmentations": [{"size": [2, 3], "counts": "6"}]},
      {"video_id": 1, "category_id": 1, "score": 1, "segmentations": [{"size": [2, 2], "counts": "5"}]}])")),
      ElementsAre(HasSubstr("result 1: video 9 is not in the list"),
                  HasSubstr("result 2: class 0 is not in the list"), "result 2: the score is nan",
                  "result 2: it has 2 frames, but video 1 has 1",
                  HasSubstr("result 3: 'category_id' is missing"),
                  "result 4: the mask of frame 0 is 2 x 3, but video 1 is 2 x 2",
                  HasSubstr("result 5, segmentations[0]: the run-length code")));
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
