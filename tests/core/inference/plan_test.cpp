// A config is read and checked whole before anything is built.

#include <clipwork/host/pipeline.h>

#include "config/section_list.h"
#include "core/inference/planning.h"

using namespace clipwork;
using namespace clipwork::test;

TEST(Plan, ReportsEveryFaultAtOnce) {
  const std::string says = faults_of(
      changed("minvis/tiny.toml", {"model.decoder.queris=5", "model.tracker.assignment=magic",
                                   "tracks.top_k=0", "data.train.dataset.type=nowhere"}));
  EXPECT_SAYS(says, "did you mean 'queries'?");
  EXPECT_SAYS(says, "magic");
  EXPECT_SAYS(says, "top_k");
  EXPECT_SAYS(says, "nowhere");
}

TEST(Plan, NamesTheComponentsThatAreMissing) {
  const std::string says = faults_of(parse_config("[classes]\nnames = [\"a\"]\n"));
  EXPECT_SAYS(says, "[model.backbone] is missing; add a table with type = one of: ");
  EXPECT_SAYS(says, "[model.decoder] is missing");
  EXPECT_SAYS(says, "[model.tracker] is missing");
}

TEST(Plan, RefusesPluginFoldersOutsideTheConfigsOwn) {
  EXPECT_SAYS(faults_of(changed("minvis/tiny.toml", {"plugins.path=[\"../evil\"]"})),
              "not below the folder of the config");
}

TEST(Plan, ResolvesEveryParameterOfSectionsAndComponents) {
  const Plan plan = plan_pipeline(changed("iai/tiny.toml"));
  ASSERT_EQ(plan.faults.text(), "");
  EXPECT_EQ(plan.resolved.find("run.winograd")->toml(), "true");
  EXPECT_EQ(plan.resolved.find("run.winograd")->origin().text(), "default");
  EXPECT_EQ(plan.resolved.find("model.decoder.detector.detections")->toml(), "6");
  EXPECT_EQ(plan.resolved.find("model.decoder.detector.nms_iou")->toml(), "0.5");
  EXPECT_EQ(plan.resolved.find("loss.detector")->toml(), "\"@model.decoder.detector\"");
  for (const SectionEntry& section : config_sections()) {
    EXPECT_TRUE(!section.describe || plan.resolved.find(section.name)) << section.name;
  }
  EXPECT_FALSE(plan.config.find("plugins"));
}

TEST(Plan, ResolvesWhatFollowsFromOtherParameters) {
  register_loop_components();
  const Plan plan = plan_pipeline(parse_config(R"(
model = {backbone = {type = "loop/mean"}, decoder = {type = "loop/numbers"}, tracker = {type = "loop/carry"}}
classes = {names = ["a"]}
train = {milestones = [3]}
)"));
  ASSERT_EQ(plan.faults.text(), "");
  EXPECT_EQ(plan.resolved.find("train.schedule")->toml(), "\"steps\"");
  EXPECT_EQ(plan.train.schedule.form, ScheduleSection::Form::steps);
}

TEST(Plan, AConfigThatOnlyRunsSaysNothingOfTraining) {
  register_loop_components();
  const Plan plan = plan_pipeline(parse_config(R"(
model = {backbone = {type = "loop/mean"}, decoder = {type = "loop/numbers"}, tracker = {type = "loop/carry"}}
classes = {names = ["a"]}
)"));
  ASSERT_EQ(plan.faults.text(), "");
  EXPECT_FALSE(plan.resolved.find("train"));
  EXPECT_TRUE(plan.resolved.find("output"));
}

TEST(Plan, AFaultyConfigIsResolvedAsItWasGiven) {
  const Config config = changed("minvis/tiny.toml", {"tracks.top_k=0"});
  EXPECT_TRUE(differences(plan_pipeline(config).resolved, config).empty());
}

TEST(Plan, PlansWhatTwoReferToOnce) {
  const Plan plan = plan_pipeline(changed("iai/tiny.toml"));
  ASSERT_EQ(plan.faults.text(), "");
  ASSERT_EQ(plan.decoder->references.size(), 1u);
  const PlannedComponent::Reference& detector = plan.loss->references.at(0);
  EXPECT_EQ(detector.target, plan.decoder->references[0].target);
  EXPECT_TRUE(detector.shared);
  for (const auto& component : plan.of_loss) EXPECT_NE(component->info->kind, "detector");
}

TEST(Plan, IsBuiltAsOftenAsWanted) {
  const Plan plan = plan_pipeline(changed("iai/tiny.toml"));
  auto numbers = [&](const Pipeline& pipeline) {
    Stream stream = pipeline.open();
    for (int64_t t = 0; t < 2; ++t) stream.push({picture_by_rule(3, t, 1, 60, 90)[0], t, 0, ""});
    std::vector<double> scores;
    for (const ResultRow& row : stream.finish().result.rows) scores.push_back(row.score);
    return scores;
  };
  const Pipeline first(plan, WeightRule()), second(plan, WeightRule());
  EXPECT_EQ(numbers(first), numbers(second));
  EXPECT_NE(first.components().front().component, second.components().front().component);
}
