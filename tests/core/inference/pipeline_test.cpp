// A plan becomes components with weights; and a real model in a stream.

#include <ATen/ops/zeros_like.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/module.h>

#include "core/inference/planning.h"
#include "result_text.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

Config tiny(const std::vector<Override>& changes = {}) {
  return changed("minvis/tiny.toml", changes);
}

Frame picture(int64_t t) { return {picture_by_rule(3, t, 1, 60, 90)[0], t, 0, ""}; }

}  // namespace

TEST(Pipeline, AsksForWeightsWhereTheConfigNamesNone) {
  const std::string says = error_of<InputError>([] { Pipeline pipeline(tiny()); });
  EXPECT_SAYS(says, "the config names no weights; use --weights FILE, or --weights rule");
  EXPECT_SAYS(error_of<InputError>([] { Pipeline::for_training(plan_pipeline(tiny())); }),
              "use --weights FILE, or --weights initial");
}

TEST(Pipeline, IsNotAssembledFromAFaultyPlan) {
  const Plan plan = plan_pipeline(tiny({"tracks.top_k=0"}));
  const std::string says = error_of<InputError>([&] { Pipeline pipeline(plan); });
  EXPECT_SAYS(says, "top_k");
  EXPECT_SAYS(says, "the config names no weights");
  EXPECT_SAYS(error_of<InputError>([&] { Pipeline::for_training(plan, InitialWeights()); }),
              "top_k");
  EXPECT_SAYS(error_of<InputError>([&] { Pipeline::for_inspection(plan); }), "top_k");
}

// IAI's decoder makes its detector's module anew, after the detector was built.
TEST(Pipeline, HasEveryModuleInEvaluationMode) {
  const Pipeline pipeline(changed("iai/tiny.toml"), WeightRule());
  for (const PipelineComponent& part : pipeline.components()) {
    if (const torch::nn::Module* module = part.component->weights()) {
      EXPECT_FALSE(module->is_training()) << part.place;
    }
  }
}

TEST(Pipeline, IsNotAssembledForTrainingWithoutALoss) {
  Value tree = tiny().tree();
  tree.erase("loss");
  EXPECT_SAYS(error_of<InputError>([&] {
                Pipeline::for_training(plan_pipeline(Config(tree, {})), InitialWeights());
              }),
              "[loss] is missing");
}

TEST(Pipeline, SaysWhereItsWeightsCameFrom) {
  const Plan plan = plan_pipeline(tiny({"run.seed=4"}));
  EXPECT_EQ(Pipeline(plan, WeightRule{.seed = 3, .gains = {}}).weights_origin(), "rule (seed 3)");
  const Pipeline initial(plan, InitialWeights());
  EXPECT_EQ(initial.weights_identity(), "initial (seed 4)");
  EXPECT_TRUE(initial.weights_by_rule());
  EXPECT_EQ(Pipeline::for_inspection(plan).weights_origin(), "");
}

TEST(Pipeline, ReadsOriginsOfWeightsAsConfigsNameThem) {
  EXPECT_TRUE(std::holds_alternative<WeightRule>(weight_origin("rule")));
  EXPECT_TRUE(std::holds_alternative<InitialWeights>(weight_origin("initial")));
  EXPECT_EQ(std::get<std::filesystem::path>(weight_origin("a/model.pth")), "a/model.pth");
  EXPECT_EQ(Pipeline(tiny({"weights.file=rule"})).weights_origin(), "rule (seed 1)");
}

TEST(Pipeline, WhatACheckpointLeavesOutLearnsFromInitialWeights) {
  ScratchFolder scratch;
  const Plan plan = plan_pipeline(tiny({"weights.allow_missing=[\"query_feat\"]"}));
  std::vector<CheckpointEntry> entries;
  const Pipeline by_rule(plan, WeightRule()), initial(plan, InitialWeights());
  for (const PipelineComponent& part : by_rule.components()) {
    for (const NamedParameter& one : named_parameters(*part.component)) {
      if (one.name.find("query_feat") == std::string::npos) {
        entries.push_back({one.name, one.value.detach()});
      }
    }
  }
  const std::filesystem::path file = scratch.path() / "part.safetensors";
  write_safetensors(file, entries);
  auto value = [](const Pipeline& pipeline, const std::string& name) {
    for (const PipelineComponent& part : pipeline.components()) {
      for (const NamedParameter& one : named_parameters(*part.component)) {
        if (one.name.find(name) != std::string::npos) return one.value;
      }
    }
    return Tensor();
  };
  const Pipeline training = Pipeline::for_training(plan, file);
  EXPECT_TRUE(value(training, "query_feat").equal(value(initial, "query_feat")));
  EXPECT_TRUE(value(training, "query_embed").equal(value(by_rule, "query_embed")));
  EXPECT_FALSE(training.weights_by_rule());
}

TEST(Pipeline, AStreamGivesTheSameTracksHoweverItsFramesArePushed) {
  Pipeline pipeline(tiny(), WeightRule());
  auto alone = [&](int64_t from) {
    Stream stream = pipeline.open();
    for (int64_t t = 0; t < 4; ++t) stream.push(picture(from + t));
    return text(stream.finish().result);
  };
  std::string a = alone(0), b = alone(20);
  ASSERT_NE(a, b);
  Stream first = pipeline.open(), second = pipeline.open();
  for (int64_t t = 0; t < 4; ++t) {
    first.push(picture(t));
    second.push(picture(20 + t));
  }
  EXPECT_EQ(text(first.finish().result), a);
  EXPECT_EQ(text(second.finish().result), b);
}

TEST(Pipeline, AnImageModelTakesOnePictureAStream) {
  Pipeline pipeline(tiny({"model.tracker.type=none", "tracks.quality=output"}), WeightRule());
  EXPECT_TRUE(pipeline.still_pictures());
  Stream stream = pipeline.open();
  EXPECT_EQ(stream.push(picture(0)).size(), 1u);
  EXPECT_THROW(stream.push(picture(1)), InputError);
}

TEST(Pipeline, PlainAndPackedFormsGiveTheSameScores) {
  auto scores = [&](const char* plain) {
    Pipeline pipeline(tiny({cat("run.plain=", plain).c_str()}), WeightRule());
    Stream stream = pipeline.open();
    for (int64_t t = 0; t < 2; ++t) stream.push(picture(t));
    return stream.finish().result.rows;
  };
  std::vector<ResultRow> plain = scores("true"), packed = scores("false");
  ASSERT_EQ(plain.size(), packed.size());
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(plain[i].score, packed[i].score, 1e-4);
}

TEST(Pipeline, TapsSeeAndReplaceTensorsOfTheirStreamOnly) {
  struct Listener : TapListener {
    bool wants(const std::string& name) override { return name == "decoder.pred_logits"; }
    Tensor hear(const std::string&, Tensor value) override {
      ++heard;
      return at::zeros_like(value);
    }
    int heard = 0;
  } listener;
  Pipeline pipeline(tiny(), WeightRule());
  VideoInfo video;
  video.listener = &listener;
  Stream listened = pipeline.open(video), other = pipeline.open();
  listened.push(picture(0));
  other.push(picture(0));
  EXPECT_EQ(listener.heard, 1);
  // Logits of zero are equal probabilities: ten classes and "none".
  EXPECT_NEAR(listened.finish().result.rows.at(0).score, 1.0 / 11, 1e-6);
  EXPECT_GT(other.finish().result.rows.at(0).score, 0.1);
}
