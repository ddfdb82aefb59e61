// Contracts that do not meet are refused before anything is built, and both ends are named.

#include "inference/check_contracts.h"

#include <clipwork/detector.h>

#include "core/inference/planning.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

/// A detector whose outputs only it knows.
class OtherDetector : public Detector {
 public:
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.gives = {"masks"};
    return contract;
  }
  OtherDetector(const Parameters&, const Given&) {}
  Tensors dense(const std::vector<FeatureMap>&) override { return {}; }
  ClipPrediction select(const Tensors&, const Geometry&, const Rank&) override { return {}; }
};

[[maybe_unused]] const bool kRegistered = [] {
  Registry::instance().add_builtin("contracts", [](Registrar& registry) {
    registry.add<OtherDetector>("other", "another detector");
  });
  return true;
}();

/// A tiny config with a loss of its own.
std::string faults_with_loss(const std::string& config, const std::string& loss,
                             std::vector<Override> more = {}) {
  more.emplace_back("loss={replace=true, " + loss + "}");
  return faults_of(changed(config, more));
}

}  // namespace

TEST(CheckContracts, NamesBothEndsWhereATrackerNeedsWhatTheDecoderDoesNotGive) {
  use_built_plugins();
  const std::string says = faults_of(parse_config(R"(
[model.backbone]
type = "loop/mean"
[model.decoder]
type = "loop/numbers"
[model.tracker]
type = "embedding"
[classes]
names = ["a"]
)"));
  EXPECT_SAYS(says,
              "config:6:1: tracker 'embedding' needs embeddings, but decoder 'numbers' provides");
  EXPECT_SAYS(says, "a tracker that would fit: ");
  EXPECT_SAYS(says, "carry");
}

TEST(CheckContracts, NamesTheMapThatIsMissing) {
  EXPECT_EQ(faults_of(changed("minvis/tiny.toml", {"model.pixel_decoder.replace=true",
                                                   "model.pixel_decoder.type=msdeform"})),
            "");
  EXPECT_SAYS(faults_of(changed("minvis/tiny.toml", {"model.backbone.type=loop/mean"})),
              "pixel_decoder 'msdeform' needs map:res2, but backbone 'mean' provides");
}

TEST(CheckContracts, AsksAPartForWhatOnlyItsKindCouldGive) {
  const std::string says = faults_of(
      changed("vita/tiny.toml", {"model.decoder.frame={replace=true, type=\"loop/numbers\"}"}));
  EXPECT_SAYS(says, "decoder 'vita' needs embeddings, but decoder 'numbers' provides");
  EXPECT_SAYS(says, "a decoder that would fit: mask2former");
}

TEST(CheckContracts, RefusesAClassTermWithoutSoftmaxScores) {
  const std::string says = faults_of(changed("iai/tiny.toml", {"loss.terms.ce={type=\"class\"}"}));
  EXPECT_SAYS(says, "loss_term 'class' needs scores.softmax, but decoder 'iai' provides masks");
  EXPECT_SAYS(says, "a loss_term that would fit: ");
  EXPECT_EQ(faults_with_loss("minvis/tiny.toml", "type=\"set\", terms={ce={type=\"class\"}}"), "");
}

TEST(CheckContracts, RefusesAMaskTermOfALossThatDrawsNoPoints) {
  const std::string says = faults_of(changed("iai/tiny.toml", {"loss.terms.m={type=\"mask\"}"}));
  EXPECT_SAYS(says,
              "loss_term 'mask' needs matched.points, but loss 'condinst' provides matched.dense");
  EXPECT_SAYS(says, "a loss that would fit: correspondence, set, uvla");
  EXPECT_EQ(faults_with_loss("minvis/tiny.toml", "type=\"set\", terms={m={type=\"mask\"}}"), "");
}

TEST(CheckContracts, RefusesAnIdTermWithoutIdLogits) {
  EXPECT_EQ(faults_of(changed("iai/tiny.toml")), "");
  EXPECT_SAYS(faults_with_loss("minvis/tiny.toml", "type=\"set\", terms={id={type=\"id\"}}"),
              "loss_term 'id' needs dense.id_logits, but decoder 'mask2former' provides");
  EXPECT_SAYS(faults_of(changed("iai/tiny.toml", {"model.decoder.identification=false"})),
              "loss_term 'id' needs dense.id_logits, but decoder 'iai' provides");
}

TEST(CheckContracts, RefusesAnIdTermOfAnotherFormThanTheDecoders) {
  const char *softmax = "model.decoder.id_form=\"softmax\"",
             *cross_entropy = "loss.terms.id.form=\"cross_entropy\"";
  EXPECT_EQ(faults_of(changed("iai/tiny.toml", {softmax, cross_entropy})), "");
  EXPECT_SAYS(faults_of(changed("iai/tiny.toml", {softmax})), "loss_term 'id' needs ids.sigmoid");
  EXPECT_SAYS(faults_of(changed("iai/tiny.toml", {cross_entropy})),
              "loss_term 'id' needs ids.softmax");
}

TEST(CheckContracts, RefusesASimilarityTermWithoutWhatItCompares) {
  EXPECT_EQ(faults_of(changed("vita/tiny.toml")), "");
  EXPECT_SAYS(
      faults_with_loss("minvis/tiny.toml", "type=\"set\", terms={sim={type=\"similarity\"}}"),
      "loss_term 'similarity' needs similarity.clip, but decoder 'mask2former' provides");
  const std::string says =
      faults_with_loss("vita/tiny.toml", "type=\"set\", terms={sim={type=\"similarity\"}}");
  EXPECT_SAYS(says, "loss_term 'similarity' needs matched.frames, but decoder 'vita' provides");
  EXPECT_SAYS(says, ", loss 'set' provides matched.points; ");
}

TEST(CheckContracts, RefusesALossOfFramesWithoutAPredictionOfThem) {
  EXPECT_SAYS(faults_with_loss("minvis/tiny.toml", "type=\"set\", frames={type=\"set\"}"),
              "loss 'set' needs frames, but decoder 'mask2former' provides");
}

TEST(CheckContracts, RefusesTheLossOfAnotherDetector) {
  EXPECT_SAYS(faults_with_loss("minvis/tiny.toml", "type=\"condinst\""),
              "loss.detector = \"@model.decoder.detector\" is not a component");
  const std::string says = faults_of(changed(
      "condinst/tiny.toml", {"model.decoder.detector={replace=true, type=\"contracts/other\"}",
                             "loss={replace=true, type=\"condinst\"}", "model.tracker.type=iou"}));
  EXPECT_SAYS(says, "loss 'condinst' needs dense.condinst, but detector 'other' provides masks");
  EXPECT_SAYS(says, "a detector that would fit: condinst");
}

TEST(CheckContracts, TheLossOfADetectorHasItsLevels) {
  EXPECT_SAYS(faults_of(changed("iai/tiny.toml", {"model.decoder.detector.strides=[8,16,32]"})),
              "loss 'condinst': ranges has 4 limits for 3 levels");
}

TEST(LossContracts, AMatchingRuleNeedsTerms) {
  const std::vector<Override> other_rule = {"loss.type=correspondence"};
  const Plan plan = plan_pipeline(changed("genvis/tiny.toml", other_rule));
  EXPECT_EQ(plan.faults.text(), "");
  EXPECT_SAYS(plan.training_faults.text(),
              "loss 'correspondence' has no terms: nothing would be trained");
  EXPECT_SAYS(plan.training_faults.text(), "loss.replace = false keeps them");
  EXPECT_EQ(faults_of(changed("genvis/tiny.toml", {other_rule[0], "loss.replace=false"})), "");
  // The frames' loss is enough, if it has terms and counts.
  const std::vector<Override> frames_alone = {"loss.terms.replace=true", "loss.frames_weight=1"};
  EXPECT_EQ(faults_of(changed("genvis/tiny.toml", frames_alone)), "");
  EXPECT_SAYS(faults_of(changed("genvis/tiny.toml", {frames_alone[0]})), "has no terms");
  EXPECT_SAYS(faults_of(changed("genvis/tiny.toml", {frames_alone[0], frames_alone[1],
                                                     "loss.frames.terms.replace=true"})),
              "has no terms");
}

TEST(LossContracts, AreMindedByTrainingAlone) {
  const Plan plan = plan_pipeline(changed(
      "iai/tiny.toml", {"model.decoder.identification=false", "model.tracker.type=embedding"}));
  EXPECT_EQ(plan.faults.text(), "");
  EXPECT_SAYS(plan.training_faults.text(), "loss_term 'id' needs dense.id_logits");
  const Pipeline pipeline(plan, WeightRule());
  EXPECT_SAYS(error_of([&] { Pipeline::for_training(plan, InitialWeights()); }),
              "loss_term 'id' needs dense.id_logits");
}
