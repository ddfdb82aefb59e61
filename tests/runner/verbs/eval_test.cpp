// `clipwork eval`, run in this process.

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "core/evaluation/golden.h"
#include "runner/json_of.h"
#include "runner/run_here.h"

using namespace clipwork;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

namespace {

constexpr const char* kVideos =
    R"("videos": [{"id": 1, "height": 2, "width": 2, "length": 1, "file_names": ["v/0.jpg"]}],
       "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}])";
constexpr const char* kTrack =
    R"({"id": 1, "video_id": 1, "category_id": 1, "iscrowd": 0, "areas": [4],
        "segmentations": [{"size": [2, 2], "counts": "04"}]})";

std::string result(int video = 1, int category = 1, const std::string& mask = "04") {
  return cat(R"({"video_id": )", video, R"(, "category_id": )", category, R"(, "score": 0.5,
      "segmentations": [{"size": [2, 2], "counts": ")",
             mask, R"("}]})");
}

class EvalVerb : public testing::Test {
 protected:
  test::ScratchFolder scratch_;
  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }

  static test::ProgramResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "eval");
    return test::run_here(arguments);
  }
  std::string truth(const std::string& annotations = cat("[", kTrack, "]")) {
    return scratch_.write("gt.json", cat("{", kVideos, ", \"annotations\": ", annotations, "}"))
        .string();
  }
  std::string results(const std::string& entries = result()) {
    return scratch_.write("results.json", cat("[", entries, "]")).string();
  }
  rapidjson::Document written(const std::string& name) const { return test::json_of(path(name)); }
};

}  // namespace

TEST_F(EvalVerb, PrintsTheOfficialNumbersOfAllClassesAndOfEach) {
  const auto done = run({"--gt", truth(), "--results", results()});
  EXPECT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(done.errors, "");
  EXPECT_THAT(done.output, HasSubstr("1 video, 1 track, 1 result\n"));
  EXPECT_THAT(done.output, HasSubstr("        AP   AP50   AP75    AR1   AR10\n"
                                     "  all  100.0  100.0  100.0  100.0  100.0\n"
                                     "  dog  100.0  100.0  100.0  100.0  100.0\n"
                                     "  cat      -      -      -      -      -\n"));
  EXPECT_THAT(done.output, HasSubstr("  size  small  medium  large\n"
                                     "  AP    100.0       -      -\n"));
  EXPECT_THAT(done.output, Not(HasSubstr("occlusion")));
}

TEST_F(EvalVerb, WritesTheKeysOfTheGoldenFiles) {
  const auto done = run({"--gt", truth(), "--results", results(), "--json", path("out.json")});
  ASSERT_EQ(done.code, 0) << done.errors;
  const auto json = written("out.json");
  EXPECT_NEAR(json["stats"]["AP"].GetDouble(), 1, 1e-12);
  EXPECT_EQ(json["stats"].MemberCount(), 12u);
  ASSERT_EQ(json["per_category"].Size(), 2u);
  EXPECT_EQ(json["per_category"][1]["category_id"].GetInt(), 2);
  EXPECT_EQ(json["per_category"][1]["AP"].GetDouble(), -1);
  EXPECT_EQ(json["sha256"]["precision"].GetStringLength(), 64u);
  EXPECT_EQ(json["warnings"].Size(), 0u);
}

TEST_F(EvalVerb, EveryFurtherMeasureIsPrintedAndWrittenOnlyWhereItIsAskedFor) {
  const std::vector<std::string> plain = {"--gt",    truth(),  "--results",
                                          results(), "--json", path("out.json")};
  ASSERT_EQ(run(plain).code, 0);
  for (const char* key : {"boxes", "frames", "lengths", "tracking"})
    EXPECT_FALSE(written("out.json").HasMember(key));
  std::vector<std::string> all = plain;
  for (const char* option :
       {"--boxes", "--frames", "--tracking", "--lengths", "1,4", "--min-score", "0.25"})
    all.emplace_back(option);
  const auto done = run(all);
  ASSERT_EQ(done.code, 0) << done.errors;
  for (const char* text : {"boxes", "single frames", "0 to 1 ", "2 to 4", "5 and more", "HOTA",
                           "IDF1", "id switches", "a score of at least 0.25"})
    EXPECT_THAT(done.output, HasSubstr(text));
  const auto json = written("out.json");
  EXPECT_NEAR(json["boxes"]["stats"]["AP"].GetDouble(), 1, 1e-12);
  EXPECT_NEAR(json["frames"]["stats"]["AP"].GetDouble(), 1, 1e-12);
  EXPECT_EQ(json["lengths"].Size(), 3u);
  EXPECT_EQ(json["lengths"][0]["videos"].GetInt(), 1);
  EXPECT_EQ(json["tracking"]["score_threshold"].GetDouble(), 0.25);
  EXPECT_NEAR(json["tracking"]["combined"]["dog"]["HOTA"].GetDouble(), 1, 1e-12);
  EXPECT_THAT(run({"--gt", truth(), "--results", results(), "--lengths", "4,2"}).errors,
              HasSubstr("--lengths: expected increasing numbers"));
}

TEST_F(EvalVerb, WhatTheOfficialCodePassesOverIsAWarningAndWithStrictAnError) {
  const std::string file = results(result() + "," + result(1, 7));
  const auto done = run({"--gt", truth(), "--results", file});
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.errors, AllOf(HasSubstr("classes that are not in the ground truth"),
                                 HasSubstr("result 2, class 7")));
  const auto strict =
      run({"--gt", truth(), "--results", file, "--strict", "--json", path("out.json")});
  EXPECT_EQ(strict.code, 2);
  EXPECT_THAT(strict.errors, HasSubstr("result 2, class 7"));
  EXPECT_FALSE(fs::exists(path("out.json")));
}

TEST_F(EvalVerb, WhatTheOfficialCodeStopsAtEndsWith2AndNamesFileEntryAndField) {
  const auto other = run({"--gt", truth(), "--results", results(result(9))});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.errors, AllOf(HasSubstr(path("results.json")), HasSubstr("result 1"),
                                  HasSubstr("video 9"), HasSubstr(path("gt.json"))));
  const auto code = run({"--gt", truth(), "--results", results(result(1, 1, "05"))});
  EXPECT_EQ(code.code, 2);
  EXPECT_THAT(code.errors, HasSubstr("result 1, segmentations[0]"));
  EXPECT_EQ(run({"--gt", path("none.json"), "--results", results()}).code, 2);
  EXPECT_EQ(run({"--gt", truth()}).code, 2);
}

TEST_F(EvalVerb, ACheckBeforeTheSubmissionEndsWith3AndTellsEveryFault) {
  const std::string instances = truth("null");
  const auto good =
      run({"--check", results(), "--against", instances, "--json", path("check.json")});
  EXPECT_EQ(good.code, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr("no fault"));
  EXPECT_EQ(written("check.json")["faults"].Size(), 0u);
  const auto bad = run({"--check", results(result(9) + "," + result(1, 5)), "--against", instances,
                        "--json", path("check.json")});
  EXPECT_EQ(bad.code, 3);
  EXPECT_THAT(bad.output, AllOf(HasSubstr("result 1: video 9"), HasSubstr("result 2: class 5"),
                                HasSubstr("2 faults")));
  EXPECT_EQ(written("check.json")["faults"].Size(), 2u);
  EXPECT_EQ(run({"--check", path("none.json"), "--against", instances}).code, 2);
  EXPECT_EQ(run({"--check", results()}).code, 2);
}

TEST_F(EvalVerb, WithoutAnnotationsTheSubmissionIsMadeAndTheWayToAScoreIsTold) {
  const auto done =
      run({"--gt", truth("null"), "--results", results(), "--json", path("out.json")});
  EXPECT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output,
              AllOf(HasSubstr("no annotations, so it cannot be used"),
                    HasSubstr("clipwork dataset split"), HasSubstr(path("submission.zip"))));
  EXPECT_EQ(written("out.json")["submission"].GetString(), path("submission.zip"));
  EXPECT_EQ(run({"--gt", truth(), "--results", path("submission.zip")}).code, 0);
  const auto bad = run({"--gt", truth("null"), "--results", results(result(9))});
  EXPECT_EQ(bad.code, 3);
}

TEST_F(EvalVerb, ClassAgnosticIgnoresTheClassesOfResultsWholly) {
  const std::vector<std::string> words = {"--gt",
                                          truth(),
                                          "--results",
                                          results(result(1, 77)),
                                          "--class-agnostic",
                                          "--frames",
                                          "--boxes",
                                          "--tracking",
                                          "--lengths",
                                          "1",
                                          "--json",
                                          path("out.json"),
                                          "--strict"};
  const auto done = run(words);
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(done.errors, "");
  EXPECT_THAT(done.output, HasSubstr("1 result, class-agnostic"));
  const auto json = written("out.json");
  for (const char* part : {"boxes", "frames"}) {
    EXPECT_NEAR(json[part]["stats"]["AP"].GetDouble(), 1, 1e-12) << part;
  }
  EXPECT_NEAR(json["stats"]["AP"].GetDouble(), 1, 1e-12);
  EXPECT_NEAR(json["lengths"][0]["stats"]["AP"].GetDouble(), 1, 1e-12);
  EXPECT_NEAR(json["tracking"]["combined"]["cls_comb_det_av"]["IDF1"].GetDouble(), 1, 1e-12);
}

TEST_F(EvalVerb, AnalysisWritesItsPagesBesideTheUsualScores) {
  const std::vector<std::string> plain = {"--gt", truth(), "--results", results(result(1, 2))};
  const auto without = run(plain);
  std::vector<std::string> words = plain;
  for (const std::string& word :
       {std::string("--analysis"), path("analysis"), std::string("--worst"), std::string("0")})
    words.push_back(word);
  const auto done = run(words);
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(done.output, cat(without.output, "Analysis: ", path("analysis/evaluation.html"), "\n"));
  for (const char* file :
       {"evaluation.html", "evaluation.md", "errors.csv", "videos.csv", "tracks.csv",
        "id_switches.csv", "properties.csv", "confusion.csv", "precision_recall.csv"}) {
    EXPECT_TRUE(fs::exists(scratch_.path() / "analysis" / file)) << file;
  }
  EXPECT_THAT(test::read_file(scratch_.path() / "analysis/tracks.csv"), HasSubstr(",dog,Cls,1,1,"));
  EXPECT_THAT(run({"--images", "pictures"}).errors, HasSubstr("--images requires --gt"));
}

TEST_F(EvalVerb, ComparisonTakesTwoResultsAndNamesWhatDiffers) {
  const std::string a = results();
  const std::string b = scratch_.write("b.json", cat("[", result(1, 2), "]")).string();
  const auto done = run({"--gt", truth(), "--compare", a, b, "--analysis", path("comparison")});
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output,
              AllOf(HasSubstr(cat("A: ", a, "\nB: ", b)), HasSubstr("videos: 1 differ"),
                    HasSubstr("objects: 1 differ"), HasSubstr("-100.0"), HasSubstr("Cls 1.00")));
  EXPECT_TRUE(fs::exists(path("comparison/comparison.html")));
  EXPECT_THAT(run({"--compare", a}).errors, HasSubstr("--compare expects 2 values"));
  EXPECT_THAT(
      run({"--compare", a, b}).errors,
      AllOf(HasSubstr("expected the folder of a finished evaluation"), HasSubstr("with --gt")));
  EXPECT_THAT(run({"clipwork:minvis/tiny.toml", "--compare", a, b}).errors,
              HasSubstr("cannot be combined with CONFIG"));
}

namespace {

constexpr const char* kPictures =
    R"({"images": [{"id": 1, "height": 2, "width": 2, "file_name": "0.jpg"}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 4,
                         "bbox": [0, 0, 2, 2], "segmentation": {"size": [2, 2], "counts": "04"}}]})";

std::string picture_result(int category = 1) {
  return cat(R"({"image_id": 1, "category_id": )", category, R"(, "score": 0.5,
      "segmentation": {"size": [2, 2], "counts": "04"}})");
}

}  // namespace

TEST_F(EvalVerb, ResultsOfPicturesAreScoredAsPictures) {
  const std::string truth = scratch_.write("coco.json", kPictures).string();
  const auto done =
      run({"--gt", truth, "--results", results(picture_result()), "--json", path("out.json")});
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("1 picture, 1 track, 1 result\n"));
  EXPECT_NEAR(written("out.json")["stats"]["AP"].GetDouble(), 1, 1e-12);
  EXPECT_NEAR(written("out.json")["per_category"][0]["AP"].GetDouble(), 1, 1e-12);
  // A picture of 2 x 2 pixels is small by COCO's limits, as everything is.
  EXPECT_NEAR(written("out.json")["stats"]["APs"].GetDouble(), 1, 1e-12);
  EXPECT_EQ(written("out.json")["stats"]["APm"].GetDouble(), -1);
  const auto other = run({"--gt", truth, "--results", results(picture_result(9)),
                          "--class-agnostic", "--json", path("out.json")});
  ASSERT_EQ(other.code, 0) << other.errors;
  EXPECT_NEAR(written("out.json")["stats"]["AP"].GetDouble(), 1, 1e-12);
  const auto tracks = run({"--gt", truth, "--results", results(picture_result()), "--tracking"});
  EXPECT_EQ(tracks.code, 2);
  EXPECT_THAT(tracks.errors, HasSubstr("pictures are scored only by COCO's rules"));
  EXPECT_EQ(run({"--check", results(picture_result()), "--against", truth}).code, 0);
}

TEST_F(EvalVerb, ResultsOfPicturesAreNotTakenForVideosNorTheOtherWayRound) {
  const auto pictures = run({"--gt", truth(), "--results", results(picture_result())});
  EXPECT_EQ(pictures.code, 2);
  EXPECT_THAT(pictures.errors,
              AllOf(HasSubstr("results.json: has results of single pictures (image_id, "
                              "segmentation), but "),
                    HasSubstr("gt.json has videos"), HasSubstr("COCO's annotations")));
  const auto checked = run({"--check", results(picture_result()), "--against", truth()});
  EXPECT_EQ(checked.code, 3);
  EXPECT_THAT(checked.output, HasSubstr("has results of single pictures"));
  const std::string coco = scratch_.write("coco.json", kPictures).string();
  const auto videos = run({"--gt", coco, "--results", results()});
  EXPECT_EQ(videos.code, 2);
  EXPECT_THAT(videos.errors, HasSubstr("coco.json has single pictures"));
  const auto mixed =
      run({"--gt", truth(), "--results", results(cat(result(), ",", picture_result()))});
  EXPECT_EQ(mixed.code, 2);
  EXPECT_THAT(mixed.errors, HasSubstr("result 2: has an image_id, but earlier results have a "
                                      "video_id"));
}

TEST_F(EvalVerb, WithoutVideosAndPicturesTheGroundTruthIsRefusedAsBefore) {
  const std::string none =
      scratch_.write("none.json", R"({"categories": [], "annotations": []})").string();
  EXPECT_THAT(run({"--gt", none, "--results", results()}).errors,
              HasSubstr("none.json: 'videos' is missing"));
}
