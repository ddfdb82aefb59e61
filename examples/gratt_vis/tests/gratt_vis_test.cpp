// The plugin against numbers of the public code: README.md says how they were made.
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>
#include <clipwork/decoder.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/module.h>
#include <clipwork/tap.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

using namespace clipwork;

namespace {

constexpr int64_t kChannels = 16, kQueries = 6, kLayers = 4;

Tensor number(const std::string& name) {
  static const Checkpoint checkpoint = read_checkpoint(std::getenv("GOLDEN"));
  const Tensor* found = checkpoint.find(name);
  if (!found) throw Error("the golden file has no " + name);
  return *found;
}

double largest(const Tensor& value) { return value.abs().max().item<double>(); }

std::shared_ptr<Decoder> make_decoder(const char* mask = "added") {
  Registry::instance().load(std::getenv("PLUGIN"));
  const ComponentInfo& info = Registry::instance().find("decoder", "gratt_vis");
  Value parameters = Value::table();
  for (const auto& [name, value] : std::map<std::string, int64_t>{{"queries", kQueries},
                                                                  {"channels", kChannels},
                                                                  {"heads", 2},
                                                                  {"layers", kLayers},
                                                                  {"feedforward", 24}}) {
    parameters.set(name, value);
  }
  parameters.set("attention_masks", "published");
  parameters.set("mask", mask);
  Given given;
  given.classes = 3;
  for (int64_t level = 0; level < 3; ++level) {
    given.maps.push_back({cat("multi_scale.", level), kChannels, int64_t{32} >> level});
  }
  given.maps.push_back({"mask_features", 8, 4});
  Faults faults;
  Describer describer(&parameters, "model.decoder", faults);
  const auto values = info.describe(describer);
  describer.finish();
  faults.raise();
  auto decoder = std::dynamic_pointer_cast<Decoder>(info.make(values.get(), given));
  fill_by_rule({decoder.get()}, WeightRule());
  return decoder;
}

/// Hears the gates, and puts random numbers by rule in the place of those that are drawn.
struct Listener : TapListener {
  bool wants(const std::string& name) override { return name.find("gratt.layer.") != name.npos; }
  Tensor hear(const std::string& name, Tensor value) override {
    const std::string layer = name.substr(name.find("layer.") + 6);
    if (name.starts_with("draw.")) {
      return stream_by_rule(cat("uniform.", frame, ".", layer), 7, value.sizes(), 0.499, 0.5);
    }
    return heard[name] = value;
  }
  int64_t frame = 0;
  std::map<std::string, Tensor> heard;
};

/// Decodes frame after frame, each from the queries of the one before.
class Video {
 public:
  Video(Decoder& decoder, Listener& listener, bool training)
      : decoder_(decoder), listener_(listener), context_{training, random_, world_} {
    start_ = decoder.start(1);
  }

  ClipPrediction next() {
    FrameFeatures features;
    features.geometry = {{{32, 64}, {32, 64}, {32, 64}}};
    for (int64_t level = 0; level < 3; ++level) {
      const int64_t side = int64_t{1} << level;
      features.maps.push_back({cat("multi_scale.", level), int64_t{32} >> level,
                               stream_by_rule(cat("map.", listener_.frame, ".", level), 7,
                                              {1, kChannels, side, 2 * side}, 1.5, 0)});
    }
    features.maps.push_back(
        {"mask_features", 4,
         stream_by_rule(cat("features.", listener_.frame), 7, {1, 8, 8, 16}, 1, 0)});
    const FrameMemo memo = decoder_.encode(features, context_);
    const auto state = decoder_.make_state(1);
    TapScope taps(&listener_);
    ClipPrediction prediction = decoder_.decode(
        {listener_.frame, {&memo, 1}, features.geometry, 0, 0}, start_, *state, context_);
    start_.set("queries", prediction.queries);
    ++listener_.frame;
    return prediction;
  }

 private:
  Decoder& decoder_;
  Listener& listener_;
  Generators random_{1};
  Communicator world_;
  Context context_;
  Tensors start_;
};

Tensor masks_of(const ClipPrediction& prediction) {
  return prediction.masks->values(0, Pairs::all(1, kQueries));
}

}  // namespace

TEST(GrattVis, PassesQueriesThroughGatesAsThePublicCode) {
  const auto decoder = make_decoder();
  decoder->weights()->eval();
  for (const bool plain : {true, false}) {
    c10::NoGradGuard no_gradient;
    decoder->prepare({plain, true});
    Listener listener;
    Video video(*decoder, listener, false);
    for (int64_t frame = 0; frame < 4; ++frame) {
      SCOPED_TRACE(cat("frame ", frame, plain ? ", plain" : ""));
      const ClipPrediction prediction = video.next();
      const std::string path = cat("frame.", frame, ".");
      for (int64_t layer = 0; layer < kLayers; ++layer) {
        const Tensor open = listener.heard.at(cat("gratt.layer.", layer, ".open"));
        EXPECT_TRUE(open[0].select(1, 0).equal(number(path + "open")[layer])) << "layer " << layer;
      }
      EXPECT_LT(largest(prediction.queries - number(path + "queries")), 2e-5);
      EXPECT_LT(largest(prediction.class_scores - number(path + "logits")), 2e-5);
      EXPECT_LT(largest(masks_of(prediction) - number(path + "masks")[0]), 5e-5);
    }
  }
}

TEST(GrattVis, TrainsItsGatesAsThePublicCode) {
  const auto decoder = make_decoder();
  Listener listener;
  Video video(*decoder, listener, true);
  Tensor loss;
  for (int64_t frame = 0; frame < 2; ++frame) {
    const ClipPrediction prediction = video.next();
    const Tensor value =
        prediction.class_scores.square().mean() + masks_of(prediction).square().mean();
    loss = loss.defined() ? loss + value : value;
  }
  EXPECT_LT(largest(loss - number("train.loss")), 1e-5);
  loss.backward();
  const std::string prefix = "sem_seg_head.predictor.";
  int compared = 0;
  for (const NamedParameter& one : named_parameters(*decoder)) {
    const std::string name = one.name.substr(prefix.size());
    if (name != "prop_instance.weight" && name != "query_feat.weight" &&
        name != "transformer_self_attention_layers.1.self_attn.in_proj_weight" &&
        name != "transformer_cross_attention_layers.3.norm.bias") {
      continue;
    }
    const Tensor expected = number("grad." + name);
    EXPECT_LT(largest(one.value.grad() - expected), 1e-4 * largest(expected)) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 4);
}

TEST(GrattVis, ClosesTheSelfAttentionAsThePaper) {
  c10::NoGradGuard no_gradient;
  const auto added = make_decoder(), closed = make_decoder("closed");
  Listener listener, other;
  const Tensor a = Video(*added, listener, false).next().queries;
  const Tensor b = Video(*closed, other, false).next().queries;
  EXPECT_GT(largest(a - b), 1e-3);
}
