// Matching rules and their terms, on predictions written by hand.

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/registry.h>
#include <clipwork/loss.h>
#include <clipwork/make_component.h>
#include <clipwork/module.h>

#include <cmath>
#include <limits>
#include <map>

#include "support.h"

using namespace clipwork;
using at::Tensor;

namespace {

constexpr int64_t kSide = 8, kClasses = 3;

/// Object i covers row i of the picture wherever `shown[i][t]`.
Targets striped(const std::vector<std::vector<int>>& shown) {
  auto count = static_cast<int64_t>(shown.size());
  auto frames = static_cast<int64_t>(shown[0].size());
  Targets targets;
  targets.name = "stripes";
  targets.labels = at::zeros({count}, at::kLong);
  targets.ids = at::full({count, frames}, -1, at::kLong);
  targets.masks = at::zeros({count, frames, kSide, kSide}, at::kBool);
  for (int64_t i = 0; i < count; ++i) {
    targets.labels[i] = i % kClasses;
    for (int64_t t = 0; t < frames; ++t) {
      if (!shown[i][t]) continue;
      targets.ids[i][t] = i;
      targets.masks[i][t][i].fill_(true);
    }
  }
  return targets;
}

/// Row r of the prediction shows stripe `stripes[r]` in all frames, and is sure of its class.
ClipPrediction showing(const std::vector<int64_t>& stripes, int64_t frames) {
  auto rows = static_cast<int64_t>(stripes.size());
  Geometry geometry{{kSide, kSide}, {kSide, kSide}, {kSide, kSide}};
  Tensor masks = at::full({1, rows, frames, kSide, kSide}, -6, at::kFloat);
  ClipPrediction prediction;
  prediction.class_scores = at::zeros({1, rows, kClasses + 1});
  for (int64_t r = 0; r < rows; ++r) {
    masks[0][r].select(1, stripes[r]).fill_(6);
    prediction.class_scores[0][r][stripes[r] % kClasses] = 5;
  }
  prediction.masks = dense_masks(masks, std::vector<Geometry>(frames, geometry));
  return prediction;
}

Sequence sequence_of(const std::vector<std::vector<int64_t>>& clips, int64_t frames) {
  Sequence sequence;
  for (const auto& stripes : clips) {
    sequence.clips.push_back({static_cast<int64_t>(sequence.clips.size()) * frames, frames,
                              std::make_shared<ClipPrediction>(showing(stripes, frames))});
  }
  return sequence;
}

struct Twins : Communicator {
  int size() const override { return 2; }
};

class Losses : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* plugin : {"matching.so", "terms.so"}) {
      Registry::instance().load(test::build_dir() / "plugins" / plugin);
    }
  }

  LossResult run(Value table, const Sequence& sequence, const std::vector<Targets>& targets) {
    if (!table.find("points")) table.set("points", 40);
    auto loss = make_component<Loss>(*table.find("type")->text(), table);
    Generators random(1);
    Context context{true, random, world_};
    return (*loss)(sequence, targets, context);
  }

  /// Which row every object of a clip has; -1: none.
  static std::vector<int64_t> owners(const LossResult& result, size_t clip) {
    const Matched& matched = result.layers[0].clips[clip];
    std::vector<int64_t> owner(matched.targets[0].count(), -1);
    for (size_t p = 0; p < matched.matches[0].rows.size(); ++p) {
      owner[matched.matches[0].columns[p]] = matched.matches[0].rows[p];
    }
    return owner;
  }

  static Value table_of(const char* rule) {
    Value table = Value::table();
    table.set("type", rule);
    return table;
  }
  static Value with_terms(Value table, const char* over = "frame") {
    table.set("terms.ce.type", "class");
    for (const char* term : {"mask", "dice"}) {
      table.set(cat("terms.", term, ".type"), term);
      table.set(cat("terms.", term, ".over"), over);
    }
    return table;
  }
  static std::map<std::string, double> values(const LossResult& result) {
    std::map<std::string, double> values;
    for (const LossValue& term : result.terms) values[term.name] = term.value.item<double>();
    return values;
  }

  Communicator alone_;
  Twins twins_;
  Communicator& world_ = alone_;
};

using Owners = std::vector<int64_t>;

}  // namespace

TEST_F(Losses, OfASetMatchRowsWithTheObjectsTheyShow) {
  LossResult result =
      run(table_of("set"), sequence_of({{2, 0, 5, 1}}, 2), {striped({{1, 1}, {1, 0}, {0, 1}})});
  EXPECT_EQ(owners(result, 0), (Owners{1, 3, 0}));
  EXPECT_TRUE(result.terms.empty());
}

TEST_F(Losses, OfASetAreTheMeanOverClips) {
  std::vector<Targets> both = {striped({{1, 1}})};
  Value table = with_terms(table_of("set"));
  auto first = values(run(table, sequence_of({{0, 4}}, 1), {frames_of(both[0], 0, 1)}));
  auto second = values(run(table, sequence_of({{3, 1}}, 1), {frames_of(both[0], 1, 1)}));
  auto joined = values(run(table, sequence_of({{0, 4}, {3, 1}}, 1), both));
  // The class term depends on nothing that is drawn.
  EXPECT_NEAR(joined["loss_ce"], (first["loss_ce"] + second["loss_ce"]) / 2, 1e-6);
}

TEST_F(Losses, CountObjectsOfAllProcessesButNeverLessThanOne) {
  Targets targets = striped({{1}, {1}, {1}, {1}});
  Sequence sequence = sequence_of({{0, 1, 2, 3, 5}}, 1);
  EXPECT_EQ(run(table_of("set"), sequence, {targets}).layers[0].clips[0].normaliser, 4);
  EXPECT_EQ(object_normaliser(3, twins_), 1.5);
  EXPECT_EQ(object_normaliser(0, twins_), 1);
}

TEST_F(Losses, TakeAVideoWithoutObjects) {
  Targets nothing = without_absent(striped({{0, 0}}));
  for (const char* rule : {"set", "uvla", "correspondence"}) {
    for (const char* over : {"frame", "volume"}) {
      LossResult result =
          run(with_terms(table_of(rule), over), sequence_of({{0, 1}}, 2), {nothing});
      EXPECT_GT(result.total().item<double>(), 0) << rule;
      EXPECT_TRUE(result.layers[0].clips[0].matches[0].rows.empty());
    }
  }
}

TEST_F(Losses, NameTheirBuffersAsThePublicModelsOfTheirRuleDo) {
  auto names = [](const char* rule) {
    Value table = with_terms(table_of(rule));
    table.set("name", "genvis");
    std::vector<std::string> names;
    auto loss = make_component<Loss>(rule, table);
    for (const auto& buffer : loss->weights()->named_buffers()) names.push_back(buffer.key());
    return names;
  };
  const std::string own = "genvis_criterion.empty_weight", vita = "vita_criterion.empty_weight";
  EXPECT_EQ(names("set"), std::vector<std::string>{own});
  EXPECT_EQ(names("uvla"), (std::vector<std::string>{vita, own}));
  EXPECT_EQ(names("correspondence"), std::vector<std::string>{own});
}

TEST_F(Losses, DropObjectsInExcessOfTheRows) {
  LossResult result =
      run(table_of("set"), sequence_of({{1, 2}}, 1), {striped({{1}, {1}, {1}, {1}})});
  EXPECT_EQ(owners(result, 0), (Owners{-1, 0, 1, -1}));
}

TEST_F(Losses, GiveFramesTheirSumMeanOrOnlyThoseThatShowTheObject) {
  std::vector<Targets> targets = {striped({{1, 0, 1, 0}})};
  Sequence sequence = sequence_of({{0, 4}}, 4);
  std::map<std::string, std::map<std::string, double>> by_form;
  for (const char* frames : {"sum", "mean", "present"}) {
    Value table = with_terms(table_of("set"));
    table.set("terms.dice.frames", frames);
    by_form[frames] = values(run(table, sequence, targets));
  }
  EXPECT_NEAR(by_form["mean"]["loss_dice"], by_form["sum"]["loss_dice"] / 4, 1e-6);
  // The row shows the object in all frames, so that frames without it cost most.
  EXPECT_LT(by_form["present"]["loss_dice"], 0.5 * by_form["sum"]["loss_dice"]);
  EXPECT_GT(by_form["present"]["loss_dice"], 0);
}

TEST_F(Losses, OfPointsOverTheWholeClipHaveNoFrames) {
  Value table = with_terms(table_of("set"), "frame");
  table.set("choose", "volume");
  EXPECT_THROW(run(table, sequence_of({{0}}, 2), {striped({{1, 1}})}), Error);
}

TEST_F(Losses, KeepAQueryFromOthersWhileItsObjectIsVisible) {
  // Object 1 comes in the second clip, where row 0 shows it best; but row 0 has object 0.
  LossResult result =
      run(table_of("uvla"), sequence_of({{0, 3, 4}, {1, 3, 4}}, 1), {striped({{1, 1}, {0, 1}})});
  EXPECT_EQ(owners(result, 0), (Owners{0, -1}));
  EXPECT_EQ(owners(result, 1)[0], 0);
  EXPECT_NE(owners(result, 1)[1], 0);
}

TEST_F(Losses, GiveTheQueryOfAnAbsentObjectAwayOnlyByThePublicRule) {
  // Object 0 leaves, object 1 comes where it was, object 0 returns.
  Sequence sequence = sequence_of({{0, 3}, {1, 3}, {0, 3}}, 1);
  std::vector<Targets> targets = {striped({{1, 0, 1}, {0, 1, 1}})};
  LossResult public_rule = run(table_of("uvla"), sequence, targets);
  EXPECT_EQ(owners(public_rule, 1), (Owners{-1, 0}));
  EXPECT_EQ(owners(public_rule, 2), (Owners{0, 0}));
  Value paper = table_of("uvla");
  paper.set("occupied", "always");
  LossResult paper_rule = run(paper, sequence, targets);
  EXPECT_EQ(owners(paper_rule, 1), (Owners{-1, 1}));
  EXPECT_EQ(owners(paper_rule, 2), (Owners{0, 1}));
}

TEST_F(Losses, OfCorrespondenceReuseThePairsOfTheFirstClip) {
  LossResult result = run(table_of("correspondence"), sequence_of({{0, 1, 2}, {2, 1, 0}}, 1),
                          {striped({{1, 1}, {1, 1}, {0, 1}})});
  EXPECT_EQ(owners(result, 0), (Owners{0, 1, -1}));
  EXPECT_EQ(owners(result, 1), (Owners{0, 1, -1}));
  EXPECT_EQ(result.layers[0].clips[1].normaliser, 3);
}

TEST_F(Losses, NameTheClipsThatTheySumUp) {
  Value table = with_terms(table_of("uvla"), "volume");
  table.set("name", "genvis");
  auto terms = values(run(table, sequence_of({{0}, {0}}, 1), {striped({{1, 1}})}));
  EXPECT_TRUE(terms.count("loss_genvis_ce_clip0"));
  EXPECT_TRUE(terms.count("loss_genvis_dice_clip1"));
}

TEST_F(Losses, StopAtTheFirstPredictionThatIsNotANumberAndNameIt) {
  Sequence sequence = sequence_of({{0, 1}}, 1);
  auto broken = std::make_shared<ClipPrediction>(*sequence.clips[0].prediction);
  broken->class_scores = broken->class_scores.clone();
  broken->class_scores[0][1][0] = std::numeric_limits<float>::quiet_NaN();
  sequence.clips[0].prediction = broken;
  try {
    run(table_of("set"), sequence, {striped({{1}})});
    ADD_FAILURE() << "NaN was taken";
  } catch (const NotFinite& error) {
    std::string text = error.what();
    EXPECT_NE(text.find("class_scores"), std::string::npos) << text;
    EXPECT_NE(text.find("stripes"), std::string::npos) << text;
    EXPECT_NE(text.find("the last layer"), std::string::npos) << text;
  }
}

TEST_F(Losses, OfFramesNeedADecoderThatPredictsFrames) {
  Value table = table_of("set");
  table.set("frames.type", "set");
  EXPECT_THROW(run(table, sequence_of({{0}}, 1), {striped({{1}})}), Error);
}
