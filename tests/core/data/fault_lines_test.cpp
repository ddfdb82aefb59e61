// Many faults on few lines.

#include <clipwork/data/fault_lines.h>
#include <clipwork/error.h>
#include <gmock/gmock.h>

using namespace clipwork;
using testing::ElementsAre;

namespace {

DatasetFault of_mask(int annotation, int frame, const std::string& problem) {
  return {cat("video 1 (dogs, 2), annotation ", annotation, ", frame ", frame), problem,
          "the object is absent from this frame"};
}

}  // namespace

TEST(FaultLines, AFewAreListedOneByOne) {
  EXPECT_THAT(fault_lines({}), testing::IsEmpty());
  EXPECT_THAT(fault_lines({of_mask(1, 0, "covers 7 pixels instead of 8"),
                           of_mask(1, 1, "covers 9 pixels instead of 8"),
                           {"result 3", "the score is nan", ""}}),
              ElementsAre("video 1 (dogs, 2), annotation 1, frame 0: covers 7 pixels instead of 8; "
                          "the object is absent from this frame",
                          "video 1 (dogs, 2), annotation 1, frame 1: covers 9 pixels instead of 8; "
                          "the object is absent from this frame",
                          "result 3: the score is nan"));
}

TEST(FaultLines, ManyThatAreAlikeAreOneLineWithTheFirst) {
  std::vector<DatasetFault> faults;
  for (int i = 0; i < 60'000; ++i) {
    faults.push_back(of_mask(i, 3, cat("the mask is ", i, " x 64, the video 64 x 36")));
    faults.push_back(
        {cat("video 1, annotation ", i), "has no mask in any frame", "it is left out"});
  }
  faults.push_back({"video 7", "lists no picture files", "its frames cannot be read"});
  EXPECT_THAT(
      fault_lines(faults),
      ElementsAre("60000 masks: the mask is 0 x 64, the video 64 x 36; the object is absent from "
                  "this frame; the first: video 1 (dogs, 2), annotation 0, frame 3",
                  "60000 annotations: has no mask in any frame; it is left out; the first: video "
                  "1, annotation 0",
                  "video 7: lists no picture files; its frames cannot be read"));
  EXPECT_EQ(count_of(faults), 120'001);
}

TEST(FaultLines, FaultsThatAreOnlyCountedCount) {
  DatasetFault fault = of_mask(7, 3, "expected a number, found 'x'");
  fault.count = 20'000;
  EXPECT_THAT(fault_lines({fault, of_mask(8, 1, "expected a number, found 'its name'")}),
              ElementsAre(testing::StartsWith("20001 masks: expected a number, found 'x'; ")));
}

TEST(FaultLines, AreAtMostAHundredAndACount) {
  std::vector<DatasetFault> faults;
  for (int i = 0; i < 500; ++i) {
    faults.push_back({"video 1", std::string(static_cast<size_t>(i), 'x'), "it is left out"});
  }
  const std::vector<std::string> lines = fault_lines(faults);
  ASSERT_EQ(lines.size(), 101u);
  EXPECT_EQ(lines.back(), "and 400 other faults");
}

TEST(FaultLines, AlikeMeansButForNumbersAndQuotedWords) {
  EXPECT_TRUE(are_alike("covers 7 pixels", "covers -12.5 pixels"));
  EXPECT_TRUE(are_alike("the name 'a'", "the name 'b c'"));
  EXPECT_FALSE(are_alike("the name 'a'", "the name 'a' again"));
  EXPECT_FALSE(are_alike("a width of 7", "a height of 7"));
  EXPECT_FALSE(are_alike("the video's size", "the video's length"));
  EXPECT_TRUE(are_alike("", ""));
}

TEST(FaultLines, NameWhatIsCounted) {
  const std::pair<const char*, const char*> places[] = {
      {"video 1 (a), frame 3", "frames"},
      {"video 1 (annotation 7), frame 3", "frames"},
      {"result 5, segmentations[0]", "masks"},
      {"result 5, segmentations[0], counts", "masks"},
      {"result 5, score", "results"},
      {"image 4, annotation 3", "annotations"},
      {"an annotation without an id", "annotations"},
      {"category 3", "categories"},
      {"pictures", "faults"},
  };
  for (const auto& [where, things] : places) {
    const std::vector<DatasetFault> faults(4, {where, "is wrong", ""});
    EXPECT_THAT(fault_lines(faults),
                ElementsAre(cat("4 ", things, ": is wrong; the first: ", where)));
  }
}
