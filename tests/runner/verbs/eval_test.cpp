// `clipwork eval`, run in this process.

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "core/evaluation/golden.h"
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
  rapidjson::Document written(const std::string& name) const { return test::json(path(name)); }
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
