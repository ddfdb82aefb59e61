// The classes that a checkpoint was trained on, compared with those of a config.

#include <clipwork/host/pipeline.h>
#include <clipwork/host/trained_classes.h>

#include "core/inference/planning.h"

using namespace clipwork;
using namespace clipwork::test;
using Names = std::vector<std::string>;

namespace {

Checkpoint trained_on(const std::string& fact) {
  Checkpoint checkpoint;
  checkpoint.file = "a.safetensors";
  checkpoint.metadata[kClassesFact] = fact;
  return checkpoint;
}

ClassesSection classes(Names names, bool renamed = false) {
  return {std::move(names), {}, renamed};
}

std::string refusal(const Names& trained, const ClassesSection& ours) {
  return error_of<InputError>(
      [&] { check_trained_classes(trained_on(classes_fact(trained)), ours); });
}

constexpr const char* kAccepted = "nothing was thrown";

}  // namespace

TEST(TrainedClasses, AreReadAsTheyWereWritten) {
  const Names names = {"dog", "tench, Tinca tinca", "\"quoted\"", "zwei\nZeilen", "Bär"};
  EXPECT_EQ(trained_classes(trained_on(classes_fact(names))), names);
  EXPECT_EQ(trained_classes(Checkpoint()), Names());
  EXPECT_EQ(trained_classes(trained_on("cat, big dog")), (Names{"cat", "big dog"}))
      << "as version 0.1 wrote them";
  EXPECT_EQ(trained_classes(trained_on("[1, 2")), Names()) << "damaged";
}

TEST(TrainedClasses, AreComparedAsFilesSpellThem) {
  EXPECT_EQ(refusal({"traffic light", "Dog"}, classes({"traffic_light", "dog"})), kAccepted);
}

TEST(TrainedClasses, InAnotherOrderAreRefusedWithWhatToWrite) {
  const std::string says = refusal({"cow", "cat", "dog"}, classes({"cow", "dog", "cat"}));
  EXPECT_SAYS(says, "a.safetensors: its class 2 is 'cat', but class 2 of the config is 'dog'");
  EXPECT_SAYS(says, "labelled wrongly");
  EXPECT_SAYS(says, "classes.names = [\"cow\", \"cat\", \"dog\"]");
  // Names may change on purpose, the order may not.
  EXPECT_EQ(says, refusal({"cow", "cat", "dog"}, classes({"cow", "dog", "cat"}, true)));
  // One name that moved is enough.
  EXPECT_SAYS(refusal({"cow", "cat", "dog"}, classes({"horse", "sheep", "cow"}, true)),
              "labelled wrongly");
}

TEST(TrainedClasses, UnderOtherNamesAreRefusedUnlessTheConfigSaysSo) {
  const Names trained = {"cat", "dog"};
  const std::string says = refusal(trained, classes({"cat", "Hund"}));
  EXPECT_SAYS(says, "its class 2 is 'dog', but class 2 of the config is 'Hund'");
  EXPECT_SAYS(says, "classes.renamed = true");
  EXPECT_EQ(refusal(trained, classes({"cat", "Hund"}, true)), kAccepted);
}

TEST(TrainedClasses, OfAnotherNumberAreRefused) {
  EXPECT_SAYS(refusal({"cat", "dog"}, classes({"cat"}, true)),
              "it was trained on 2 classes, but the config has 1");
}

TEST(TrainedClasses, OfALongListAreNotPrintedInTheMessage) {
  Names trained, ours;
  for (int i = 0; i < 10'000; ++i) {
    trained.push_back(cat("class, number ", i));
    ours.push_back(cat("class, number ", 9'999 - i));
  }
  EXPECT_EQ(trained_classes(trained_on(classes_fact(trained))), trained);
  const std::string says = refusal(trained, classes(ours));
  EXPECT_SAYS(says, "`clipwork weights a.safetensors` prints as train.classes");
  EXPECT_LT(says.size(), 500u);
  EXPECT_EQ(refusal(trained, classes(trained)), kAccepted);
}

TEST(TrainedClasses, OfAPipelineMustBeItsOwnToRunAndMayBeOthersToTrain) {
  ScratchFolder scratch;
  Config config = changed("minvis/tiny.toml", {"classes.names=['a', 'b']"});
  const Pipeline by_rule(plan_pipeline(config), WeightRule());
  std::vector<CheckpointEntry> entries;
  for (const PipelineComponent& part : by_rule.components()) {
    for (const NamedParameter& one : named_parameters(*part.component)) {
      entries.push_back({one.name, one.value.detach()});
    }
  }
  const std::filesystem::path file = scratch.path() / "trained.safetensors";
  write_safetensors(file, entries, {{kClassesFact, classes_fact({"b", "a"})}});
  EXPECT_SAYS(error_of<InputError>([&] { Pipeline(plan_pipeline(config), file); }),
              "its class 1 is 'b', but class 1 of the config is 'a'");
  testing::internal::CaptureStderr();
  Pipeline::for_training(plan_pipeline(config), file);
  EXPECT_SAYS(testing::internal::GetCapturedStderr(), "training starts from other classes");
  config = changed("minvis/tiny.toml", {"classes.names=['b', 'a']"});
  EXPECT_EQ(Pipeline(plan_pipeline(config), file).classes().names, (Names{"b", "a"}));
}
