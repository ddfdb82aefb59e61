#include <clipwork/schedule.h>
#include <clipwork/training.h>

#include "support.h"

using namespace clipwork;

TEST(Schedule, OfStepsFallsAtEachMilestone) {
  ScheduleSection schedule;
  schedule.schedule = "steps";
  schedule.milestones = {4, 6};
  EXPECT_DOUBLE_EQ(schedule.at(3, 10), 1);
  EXPECT_DOUBLE_EQ(schedule.at(4, 10), 0.1);
  EXPECT_DOUBLE_EQ(schedule.at(5, 10), 0.1);
  EXPECT_DOUBLE_EQ(schedule.at(6, 10), 0.1 * 0.1);
}

TEST(Schedule, OfAPowerFallsToZero) {
  ScheduleSection schedule;
  schedule.schedule = "poly";
  schedule.power = 2;
  EXPECT_DOUBLE_EQ(schedule.at(0, 10), 1);
  EXPECT_DOUBLE_EQ(schedule.at(5, 10), 0.25);
  EXPECT_DOUBLE_EQ(schedule.at(10, 10), 0);
}

TEST(Schedule, RisesFromItsFactorInTheFirstSteps) {
  ScheduleSection schedule;
  schedule.warmup_steps = 4;
  schedule.warmup_factor = 0.2;
  EXPECT_DOUBLE_EQ(schedule.at(0, 10), 0.2);
  EXPECT_DOUBLE_EQ(schedule.at(2, 10), 0.6);
  EXPECT_DOUBLE_EQ(schedule.at(4, 10), 1);
}

TEST(TrainSection, ScalesTheRateOnlyWhenAsked) {
  TrainSection section;
  section.batch = 4;
  section.recipe_batch = 16;
  EXPECT_DOUBLE_EQ(section.rate_scale(), 1);
  section.scale_rate = true;
  EXPECT_DOUBLE_EQ(section.rate_scale(), 0.25);
}

TEST(TrainSection, DividesTheBatchAmongProcessesAndParts) {
  TrainSection section;
  section.batch = 12;
  section.accumulate = 3;
  EXPECT_EQ(section.part_of_batch(2), 2);
  try {
    section.part_of_batch(5);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("train.batch 12 cannot be divided"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("take 15"), std::string::npos) << error.what();
  }
}
