#include <clipwork/host/schedule.h>
#include <gtest/gtest.h>
using namespace clipwork;

TEST(Schedule, OfStepsFallsAtEachMilestone) {
  ScheduleSection schedule;
  schedule.form = ScheduleSection::Form::steps;
  schedule.milestones = {4, 6};
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 3, 10), 1);
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 4, 10), 0.1);
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 5, 10), 0.1);
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 6, 10), 0.1 * 0.1);
}

TEST(Schedule, OfAPowerFallsToZero) {
  ScheduleSection schedule;
  schedule.form = ScheduleSection::Form::poly;
  schedule.power = 2;
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 0, 10), 1);
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 5, 10), 0.25);
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 10, 10), 0);
}

TEST(Schedule, RisesFromItsFactorInTheFirstSteps) {
  ScheduleSection schedule;
  schedule.warmup_steps = 4;
  schedule.warmup_factor = 0.2;
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 0, 10), 0.2);
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 2, 10), 0.6);
  EXPECT_DOUBLE_EQ(rate_factor(schedule, 4, 10), 1);
}
