// Checks of results against the list of videos.

#include "files.h"

using namespace clipwork;
using test::Files;
using test::kMask;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
                  "result 4: the mask of frame 0 is 3 x 2, but video 1 is 2 x 2",
                  HasSubstr("result 5, segmentations[0]: the run-length code")));
}

TEST_F(Files, ManyFaultsThatAreAlikeAreOneLine) {
  GroundTruth instances = truth(
      R"({"videos": [{"id": 1, "height": 2, "width": 3, "length": 1}],
          "categories": [{"id": 1, "name": "a"}], "annotations": null})");
  std::string all;
  for (int i = 0; i < 60'000; ++i) {
    all += cat(i ? "," : "", R"({"video_id": 1, "category_id": )", i < 5 ? 2 : 1,
               R"(, "score": 1, "segmentations": [{"size": [3, 2], "counts": "6"}]})");
  }
  EXPECT_THAT(
      check_results(scratch.write("results.json", "[" + all + "]"), instances),
      ElementsAre(HasSubstr("5 results: class 2 is not in the list"),
                  "60000 results: the mask of frame 0 is 2 x 3, but video 1 is 3 x 2; 'size' "
                  "is [height, width]; the first: result 1"));
}
