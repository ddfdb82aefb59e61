#include <clipwork/error.h>
#include <clipwork/host/sections.h>
#include <gtest/gtest.h>

using namespace clipwork;

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
    EXPECT_NE(std::string(error.what()).find("use 15"), std::string::npos) << error.what();
  }
}

TEST(ScheduleSection, FollowsMilestonesUnlessItIsGiven) {
  auto read = [](const std::vector<std::pair<std::string, Value>>& given) {
    Value table = Value::table();
    for (const auto& [name, value] : given) table.set(name, value);
    Faults faults;
    const auto section = read_parameters<ScheduleSection>(&table, "train", faults);
    EXPECT_TRUE(faults.empty()) << faults.text();
    return section.form;
  };
  const Value milestones(Value::Array{Value(10)});
  EXPECT_EQ(read({}), ScheduleSection::Form::constant);
  EXPECT_EQ(read({{"milestones", milestones}}), ScheduleSection::Form::steps);
  EXPECT_EQ(read({{"milestones", milestones}, {"schedule", Value("poly")}}),
            ScheduleSection::Form::poly);
}
