// What lists by frame may claim.

#include <clipwork/data/frame_budget.h>
#include <gtest/gtest.h>

using namespace clipwork;

TEST(FrameBudget, GrowsWithTheMasksOfTheFile) {
  FrameBudget budget(1000);
  EXPECT_TRUE(budget.take(4'000'000));
  EXPECT_FALSE(budget.take(64'001));
  EXPECT_TRUE(budget.take(64'000));
  EXPECT_FALSE(budget.take(1));
}
