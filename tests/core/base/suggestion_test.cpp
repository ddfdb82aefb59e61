#include <clipwork/error.h>
#include <clipwork/suggestion.h>
#include <gtest/gtest.h>

#include <vector>

using namespace clipwork;

TEST(Nearest, NamesOneMissingLetterAndKeepsSilentAboutOtherWords) {
  std::vector<std::string> names = {"embedding", "iou", "none"};
  EXPECT_EQ(nearest("embeding", names), "embedding");
  EXPECT_EQ(nearest("embed", names), "embedding");
  EXPECT_EQ(nearest("resnet", names), "");
  EXPECT_EQ(nearest("x", {"y"}), "");
}

TEST(Nearest, OfEquallyNearNamesTakesOneOfTheSameLength) {
  EXPECT_EQ(nearest("trakcs", {"track", "tracks"}), "tracks");
  EXPECT_EQ(nearest("trakcs", {"tracks", "track"}), "tracks");
}

TEST(Nearest, KnowsTheNamesOfOtherProjects) {
  EXPECT_EQ(nearest("lr", {"steps", "rate"}), "rate");
  EXPECT_EQ(nearest("BATCH-SIZE", {"steps", "batch"}), "batch");
  EXPECT_EQ(nearest("checkpoint", {"weights", "input"}), "weights");
}

TEST(Nearest, IsQuickForEndlessWords) {
  EXPECT_EQ(nearest(std::string(10'000'000, 'x'), {"embedding", "iou", "none"}), "");
}

TEST(DidYouMean, AsksOrSaysSomethingElse) {
  const std::vector<std::string> names = {"embedding", "iou"};
  EXPECT_EQ(did_you_mean("embeding", names), "did you mean 'embedding'?");
  EXPECT_EQ(did_you_mean("embeding", names, "", "--"), "did you mean '--embedding'?");
  EXPECT_EQ(did_you_mean("resnet", names), "");
  EXPECT_EQ(did_you_mean("resnet", names, "see --help"), "see --help");
  EXPECT_EQ(did_you_mean_or("embeding", names, "see --help"),
            "did you mean 'embedding'? see --help");
  EXPECT_EQ(did_you_mean_or("resnet", names, "see --help"), "see --help");
}
