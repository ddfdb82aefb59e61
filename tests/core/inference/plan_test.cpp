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

TEST(Plan, RefusesPluginFoldersThatTheUserDidNotName) {
  ScratchFolder scratch;
  const std::string folder = std::filesystem::canonical(scratch.path()).string();
  // Only the folder is a fault: components of its plugins would be unknown.
  EXPECT_EQ(faults_of(changed("minvis/tiny.toml", {cat("plugins.path=[\"", folder, "\"]"),
                                                   "model.tracker.type=of_the_plugin"})),
            cat("--set: plugins.path: the plugins in '", folder,
                "' are not loaded: their code would run with all your rights; if you trust them, "
                "add --plugin-path ",
                folder, "\n"));
  EXPECT_SAYS(faults_of(changed("minvis/tiny.toml", {"plugins.path=[\"/nowhere\"]"})),
              "plugins.path: there is no folder '/nowhere'");
}

TEST(Plan, ResolvesTrustedPluginFoldersToFullPaths) {
  ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path() / "theirs/plugins");
  scratch.write("theirs/c.toml",
                cat("extends = \"", (source_dir() / "configs/minvis/tiny.toml").string(),
                    "\"\n[plugins]\npath = [\"plugins\"]\n"));
  use_built_plugins();
  Registry::instance().load_search_path({scratch.path().string()});
  const Plan plan = plan_pipeline(load_config((scratch.path() / "theirs/c.toml").string()));
  EXPECT_EQ(plan.faults.text(), "");
  const std::string folder = std::filesystem::canonical(scratch.path() / "theirs/plugins").string();
  EXPECT_EQ(plan.resolved.find("plugins.path")->toml(), cat("[\"", folder, "\"]"));
}

TEST(Plan, LeavesOutWhatFollowsFromAFault) {
  EXPECT_EQ(faults_of(changed("minvis/ytvis2019_swin_l.toml", {"model.backbone.window=7"})),
            "--set: model.backbone has no parameter 'window'; did you mean 'window_size'?\n");
  EXPECT_EQ(faults_of(changed("minvis/tiny.toml", {"model.pixel_decoder.type=nowhere"}))
                .find("needs map"),
            std::string::npos);
  // Parameters behind the fault are checked all the same.
  const std::string both =
      faults_of(changed("minvis/tiny.toml", {"model.backbone.dpth=10", "model.tracker.buffer=-1"}));
  EXPECT_SAYS(both, "did you mean 'depth'?");
  EXPECT_SAYS(both, "model.tracker.buffer = -1 is outside its range");
}

TEST(Plan, FindsValuesThatNothingCouldRunWith) {
  const auto says = [](const std::string& change, const std::string& config = "minvis/tiny.toml") {
    return faults_of(changed(config, {change}));
  };
  EXPECT_EQ(says("preprocess.mean=[]"), "--set: preprocess.mean has 0 values, expected 3\n");
  EXPECT_EQ(says("preprocess.mean=[1]"), "--set: preprocess.mean has 1 value, expected 3\n");
  EXPECT_EQ(says("preprocess.deviation=[1, 2]"),
            "--set: preprocess.deviation has 2 values, expected 3\n");
  EXPECT_SAYS(says("preprocess.deviation=[1, 0, 1]"), "preprocess.deviation[1] = 0 is outside");
  EXPECT_SAYS(says("preprocess.mean=[nan, 0, 0]"), "expected a number, found nan");
  EXPECT_SAYS(says("loss.name=\"../../x\""), "loss.name = \"../../x\" cannot be part of a name");
  EXPECT_SAYS(says("loss.terms.\"a.b\"={type=\"dice\"}"),
              "'a.b' cannot be the name of a component");
  EXPECT_SAYS(says("weights.allow_missing=[\"[\"]"),
              "weights.allow_missing[0]: '[' is not a regular expression");
  EXPECT_SAYS(says("train.freeze=[\"(a)\\\\1\"]"), "train.freeze[0]: ");
  EXPECT_SAYS(says("train.rate_factors={\"(\" = 1}"), "train.rate_factors: '(' is not");
  EXPECT_SAYS(says("classes.ids=[1, 1]"), "classes.ids has 1 twice");
  EXPECT_SAYS(says("loss.mask_out=1", "iai/tiny.toml"), "loss has no parameter 'mask_out'");
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
