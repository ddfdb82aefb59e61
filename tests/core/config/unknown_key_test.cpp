#include "config/unknown_key.h"

#include <clipwork/host/config.h>
#include <gtest/gtest.h>

using namespace clipwork;

namespace {

const std::vector<std::string> kTrain = {"rate", "steps", "batch", "freeze"};

std::string advice(const std::string& key) { return advice_for_key(key, kTrain, "train", "none"); }

}  // namespace

TEST(UnknownKey, IsMeantAsAMisspeltKeyOfItsTable) {
  EXPECT_EQ(advice("stpes"), "did you mean 'steps'?");
  EXPECT_EQ(advice("xyzzyx"), "none");
}

TEST(UnknownKey, IsMeantAsAnotherProjectsNameForAKeyOfItsTable) {
  EXPECT_EQ(advice("lr"), "did you mean 'rate'?");
  EXPECT_EQ(advice("max_iters"), "did you mean 'steps'?");
  EXPECT_EQ(advice("IMS_PER_BATCH"), "did you mean 'batch'?");
}

TEST(UnknownKey, IsMeantAsAValueElsewhere) {
  EXPECT_EQ(advice("num_classes"), "did you mean 'classes.names'?");
  EXPECT_EQ(advice("score_threshold"), "did you mean 'tracks.min_score'?");
  EXPECT_EQ(advice("min_score"), "did you mean 'tracks.min_score'?");
  EXPECT_EQ(advice("device"), "did you mean 'run.device'?");
  EXPECT_EQ(advice_for_key("lr", {"model", "train"}, "", "none"), "did you mean 'train.rate'?");
}

TEST(UnknownKey, IsNotMeantAsAParameterThatAnotherComponentHasAtItsPlace) {
  EXPECT_EQ(advice_for_key("num_queries", {"ids"}, "model.decoder", "none"), "none");
}

TEST(PathCalled, IsThatOfOursOrOfOtherProjects) {
  EXPECT_EQ(path_called("lr"), "train.rate");
  EXPECT_EQ(path_called("min-score"), "tracks.min_score");
  EXPECT_EQ(path_called("xyzzyx"), "");
}
