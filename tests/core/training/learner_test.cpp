// The loop in training, with components whose numbers can be followed by hand.

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/decoder.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/learner.h>
#include <clipwork/host/registry.h>
#include <clipwork/loss.h>
#include <clipwork/module.h>
#include <clipwork/ref.h>
#include <clipwork/tracker.h>

#include "core/mean_backbone.h"
#include "no_parameters.h"
#include "support.h"

using namespace clipwork;
using at::Tensor;
using test::Mean;
using test::NoParameters;

namespace {

/// What the components saw.
struct Seen {
  std::vector<std::pair<int64_t, int64_t>> windows;  ///< first frame, length
  std::vector<Observation> truths;
  int64_t batch = 0;
  int tracked = 0;
  std::vector<Targets> targets;
};
Seen seen;

/// Embeddings [B, 1, 1]: start query plus weight times the sum of the window's values.
struct Weighted : Decoder {
  struct Parameters {
    bool observes = false, independent = false;
    void describe(Describer& d) {
      d("observes", observes, "wants the truth");
      d("independent", independent, "windows are independent of each other");
    }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"map:value"};
    if (p.observes) contract.needs.push_back("observation");
    contract.gives = {"start.queries", "embeddings", "masks"};
    contract.independent = p.independent;
    return contract;
  }
  struct Network : torch::nn::Module {
    Network() { weight = make_parameter(*this, "weight", {1}); }
    Tensor weight;
  };
  Weighted(const Parameters&, const Given&) {}
  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return {"decoder.", {}, {}}; }

  FrameMemo encode(const FrameFeatures& features, Context& context) override {
    EXPECT_TRUE(context.training);
    FrameMemo memo;
    memo.tensors.set("value", features.at("value").value.flatten(1).select(1, 0));
    return memo;
  }
  Tensors start(int64_t batch) override {
    Tensors start;
    start.set("queries", at::zeros({batch, 1, 1}));
    return start;
  }
  ClipPrediction decode(const Window& window, const Tensors& start, State&, Context&) override {
    seen.windows.emplace_back(window.first, window.length());
    Tensor sum = window.memos[0].tensors.at("value").clone();
    for (size_t t = 1; t < window.memos.size(); ++t)
      sum = sum + window.memos[t].tensors.at("value");
    seen.batch = sum.size(0);
    ClipPrediction prediction;
    prediction.embeddings = start.at("queries") + (network_->weight * sum).view({-1, 1, 1});
    prediction.class_scores = at::zeros({sum.size(0), 1, 3});
    return prediction;
  }
  void observe(const Observation& observation, State&, Context&) override {
    seen.truths.push_back(observation);
  }
  std::shared_ptr<Network> network_ = std::make_shared<Network>();
};

/// Carries embeddings on as the next window's queries.
struct CarryOn : Tracker {
  struct Parameters {
    bool trains = true, defers = false;
    void describe(Describer& d) {
      d("trains", trains, "is used in training");
      d("defers", defers, "returns windows at the end, twice their embeddings");
    }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"start.queries"};
    contract.gives = {"carried"};
    contract.trains = p.trains;
    contract.defers = p.defers;
    return contract;
  }
  struct Carried : State {
    Tensor embeddings;
    std::vector<Tracked> windows;
  };
  CarryOn(const Parameters& p, const Given&) : defers_(p.defers) {}
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Carried>(); }
  Tensors propose(Tensors start, State& state, Context&) override {
    auto& carried = dynamic_cast<Carried&>(state);
    if (carried.embeddings.defined()) start.set("queries", carried.embeddings);
    return start;
  }
  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    ++seen.tracked;
    auto& carried = dynamic_cast<Carried&>(state);
    carried.embeddings = prediction.embeddings;
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    if (defers_) carried.windows.push_back(tracked);
    return tracked;
  }
  std::vector<Tracked> finish(State& state, Context&) override {
    auto& carried = dynamic_cast<Carried&>(state);
    for (Tracked& one : carried.windows) {
      one.prediction.embeddings = one.prediction.embeddings * 2;
    }
    return std::move(carried.windows);
  }
  bool defers_;
};

/// A weight of its own times the last clip's embeddings. It needs what the tracker gives.
struct LearntTerm : LossTerm {
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"carried"};
    return contract;
  }
  struct Head : torch::nn::Module {
    Head() { weight = make_parameter(*this, "weight", {1}); }
    Tensor weight;
  };
  LearntTerm(const Parameters&, const Given&) : LossTerm(1) {}
  torch::nn::Module* weights() override { return head_.get(); }
  WeightNames weight_names() const override { return {"term_head.", {}, {}}; }
  std::vector<Tensor> operator()(const Layer& layer, Context&) override {
    return {head_->weight.sum() * layer.clips.back().prediction->embeddings.sum()};
  }
  std::shared_ptr<Head> head_ = std::make_shared<Head>();
};

/// One term over the last clip.
struct OneTerm : Loss {
  struct Parameters {
    Ref<LossTerm> term;
    void describe(Describer& d) { d("term", term, "the term"); }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  OneTerm(const Parameters& p, const Given&) : term_(p.term) {}
  LossResult operator()(const Sequence& sequence, std::span<const Targets>,
                        Context& context) override {
    Layer layer;
    layer.clips.emplace_back().prediction = sequence.clips.back().prediction;
    LossResult result;
    result.terms.push_back({"loss_term", (*term_)(layer, context).at(0), 1});
    return result;
  }
  Ref<LossTerm> term_;
};

/// The sum of the last clip's embeddings.
struct LastClip : Loss {
  struct Parameters {
    double offset = 0;
    void describe(Describer& d) { d("offset", offset, "added"); }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  LastClip(const Parameters& p, const Given&) : offset_(p.offset) {}
  LossResult operator()(const Sequence& sequence, std::span<const Targets> targets,
                        Context&) override {
    seen.targets.assign(targets.begin(), targets.end());
    LossResult result;
    Tensor sum = sequence.clips.back().prediction->embeddings.sum();
    result.terms.push_back({"loss_last", sum + offset_ / (sum - sum), 1});
    if (offset_ == 0) result.terms.back().value = sum;
    return result;
  }
  double offset_;
};

using Settings = std::vector<std::pair<std::string, Value>>;

std::unique_ptr<Pipeline> pipeline_of(const Settings& more, Value window = 2) {
  static const bool done = [] {
    Registry::instance().add_builtin("learning", [](Registrar& registry) {
      registry.add<Mean>("mean", "the mean of a picture");
      registry.add<Weighted>("weighted", "a weight times values");
      registry.add<CarryOn>("carry_on", "carries embeddings on");
      registry.add<LastClip>("last_clip", "the last clip's embeddings");
      registry.add<LearntTerm>("learnt", "a weight of its own");
      registry.add<OneTerm>("one_term", "one term");
    });
    return true;
  }();
  (void)done;
  seen = {};
  Value tree = parse_config(R"(
[classes]
names = ["a", "b"]
[preprocess]
mean = [0, 0, 0]
deviation = [1, 1, 1]
divisor = 1
[model.backbone]
type = "learning/mean"
[model.decoder]
type = "learning/weighted"
[model.tracker]
type = "learning/carry_on"
[loss]
type = "learning/last_clip"
)")
                   .tree();
  tree.set("window.length", std::move(window));
  for (const auto& [path, value] : more) {
    value.is_none() ? tree.erase(path) : tree.set(path, value);
  }
  return std::make_unique<Pipeline>(
      Pipeline::for_training(plan_pipeline(Config(tree, {})), WeightRule()));
}

/// Two videos of four frames with values 1, 2, 3, 4 and 10, 20, 30, 40, and two objects.
Batch batch_of_two() {
  std::vector<Sample> samples;
  for (int64_t scale : {1, 10}) {
    Sample sample;
    sample.name = cat("video ", scale);
    sample.frames = at::ones({4, 3, 2, 2}, at::kByte) *
                    at::tensor({1, 2, 3, 4}, at::kByte).view({4, 1, 1, 1}) * scale;
    sample.targets.labels = at::tensor({0, 1}, at::kLong);
    sample.targets.ids = at::tensor({5, 5, 5, 5, -1, -1, 9, 9}, at::kLong).view({2, 4});
    sample.targets.masks = at::zeros({2, 4, 2, 2}, at::kBool);
    sample.targets.masks[0].fill_(true);
    sample.targets.masks[1].narrow(0, 2, 2).select(1, 0).fill_(true);
    samples.push_back(std::move(sample));
  }
  Preprocess settings;
  settings.mean = {0, 0, 0};
  settings.deviation = {1, 1, 1};
  settings.divisor = 1;
  return make_batch(samples, settings, 2);
}

LossResult learn(const Pipeline& pipeline, const Batch& batch) {
  Generators random(0);
  Communicator world;
  return Learner(pipeline)(batch, random, world);
}

using Windows = std::vector<std::pair<int64_t, int64_t>>;

}  // namespace

TEST(Learner, DecodesWindowsOfTheBatchInOrderAndLetsGradientsFlowThroughWhatIsCarried) {
  auto pipeline = pipeline_of({});
  LossResult result = learn(*pipeline, batch_of_two());
  EXPECT_EQ(seen.windows, (Windows{{0, 2}, {2, 2}}));
  EXPECT_EQ(seen.batch, 2);
  EXPECT_EQ(seen.tracked, 2);
  result.total().backward();
  Learner learner(*pipeline);
  ASSERT_EQ(learner.parameters().size(), 1u);
  EXPECT_EQ(learner.parameters()[0].name, "decoder.weight");
  // Carried on, the second window's embeddings hold the sum over all four frames of both videos.
  EXPECT_NEAR(learner.parameters()[0].value.grad().item<double>(), 110, 1e-4);
}

TEST(Learner, LeavesATrackerOutThatDoesNotTrain) {
  auto pipeline = pipeline_of({{"model.tracker.trains", false}});
  learn(*pipeline, batch_of_two()).total().backward();
  EXPECT_EQ(seen.tracked, 0);
  EXPECT_NEAR(Learner(*pipeline).parameters()[0].value.grad().item<double>(), 77, 1e-4);
}

TEST(Learner, WaitsForTheWindowsOfATrackerThatDefers) {
  auto pipeline = pipeline_of({{"model.tracker.defers", true}});
  learn(*pipeline, batch_of_two()).total().backward();
  EXPECT_EQ(seen.tracked, 2);
  EXPECT_NEAR(Learner(*pipeline).parameters()[0].value.grad().item<double>(), 220, 1e-4);
}

TEST(Learner, TrainsTheWeightsOfLossTerms) {
  const Settings with_term = {{"loss.type", "learning/one_term"},
                              {"loss.term.type", "learning/learnt"}};
  auto pipeline = pipeline_of(with_term);
  learn(*pipeline, batch_of_two()).total().backward();
  Learner learner(*pipeline);
  ASSERT_EQ(learner.parameters().size(), 2u);
  EXPECT_EQ(learner.parameters()[1].name, "term_head.weight");
  const Tensor weight = learner.parameters()[0].value, head = learner.parameters()[1].value;
  // By rule, and not zero as it was built.
  EXPECT_TRUE(head.equal(tensor_by_rule("term_head.weight", {1}, WeightRule())));
  EXPECT_NEAR(head.grad().item<double>(), 110 * weight.item<double>(), 1e-3);
  EXPECT_NEAR(weight.grad().item<double>(), 110 * head.item<double>(), 1e-3);
}

TEST(Learner, LossTermsMayNeedWhatATrackerGivesThatTrains) {
  Settings without = {{"loss.type", "learning/one_term"},
                      {"loss.term.type", "learning/learnt"},
                      {"model.tracker.trains", false}};
  EXPECT_SAYS(test::error_of([&] { pipeline_of(without); }),
              "loss_term 'learnt' needs carried, but decoder 'weighted' provides");
}

TEST(Learner, OverlappingWindowsShareFrames) {
  learn(*pipeline_of({{"window.stride", 1}}, 3), batch_of_two());
  EXPECT_EQ(seen.windows, (Windows{{0, 3}, {1, 3}}));
  learn(*pipeline_of({}, "video"), batch_of_two());
  EXPECT_EQ(seen.windows, (Windows{{0, 4}}));
}

TEST(Learner, MakesIndependentFramesSamplesOfTheirOwn) {
  learn(*pipeline_of({{"model.decoder.independent", true}, {"model.tracker.trains", false}}, 1),
        batch_of_two());
  EXPECT_EQ(seen.windows, (Windows{{0, 1}}));
  EXPECT_EQ(seen.batch, 8);
  ASSERT_EQ(seen.targets.size(), 8u);
  for (int64_t i = 0; i < 8; ++i) {
    EXPECT_EQ(seen.targets[i].sample, i / 4);
    EXPECT_EQ(seen.targets[i].first, i % 4);
  }
  EXPECT_EQ(seen.targets[1].count(), 2);
  EXPECT_FALSE(seen.targets[1].masks[1].any().item<bool>());
  EXPECT_EQ(seen.targets[2].count(), 2);
}

TEST(Learner, TellsADecoderTheTruth) {
  learn(*pipeline_of({{"model.decoder.observes", true}}, 1), batch_of_two());
  ASSERT_EQ(seen.truths.size(), 4u);
  EXPECT_TRUE(seen.truths[0].ids[0].equal(at::tensor({0, -1}, at::kLong)));
  EXPECT_TRUE(seen.truths[0].fresh[0].equal(at::tensor({1, 0}).to(at::kBool)));
  EXPECT_TRUE(seen.truths[2].ids[1].equal(at::tensor({0, 1}, at::kLong)));
  EXPECT_TRUE(seen.truths[2].fresh[1].equal(at::tensor({0, 1}).to(at::kBool)));
  // The larger object covers all, the smaller one its upper row.
  EXPECT_TRUE(seen.truths[2].masks[0][0].all().item<bool>());
  EXPECT_EQ(seen.truths[2].masks[0][1].sum().item<int64_t>(), 2);
}

TEST(Learner, StopsAtALossThatIsNotANumberAndNamesTheVideos) {
  try {
    learn(*pipeline_of({{"loss.offset", 1.0}}), batch_of_two());
    ADD_FAILURE() << "an infinite loss was taken";
  } catch (const NotFinite& error) {
    std::string text = error.what();
    EXPECT_NE(text.find("loss_last"), std::string::npos) << text;
    EXPECT_NE(text.find("video 1, video 10"), std::string::npos) << text;
  }
}

TEST(Learner, NeedsAPipelineThatWasAssembledForTraining) {
  EXPECT_THROW(pipeline_of({{"loss", Value()}}), InputError);
  auto frozen = [](const char* pattern) {
    return pipeline_of({{"train.freeze", Value::Array{Value(pattern)}}});
  };
  EXPECT_THROW(Learner(*frozen("nowhere")), InputError);
  EXPECT_TRUE(Learner(*frozen("decoder")).parameters().empty());
}
