// VITA's decoder over frame queries that are made up: what reaches what through the shifted
// windows, which tokens are kept, and what training gets.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <set>

#include "core/ops/ops_support.h"
#include "support.h"
#include "tap_recorder.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

constexpr int64_t kVitaQueries = 4, kVitaChannels = 8;

/// What the frame decoder of the next run gives: queries [T, fQ, C], and how likely "none" each is.
struct Made {
  Tensor queries, none;
};
Made made;

class OneMap : public Backbone {
 public:
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.maps = {{"finest", kVitaChannels, 1}};
    return contract;
  }
  OneMap(const Parameters&, const Given&) {}
  std::vector<FeatureMap> forward(const Tensor& pictures, Context&) override {
    return {{"finest", 1, at::zeros({pictures.size(0), kVitaChannels, 2, 2})}};
  }
};

class MadeQueries : public Decoder {
 public:
  struct Parameters {
    bool carries = false;
    void describe(Describer& d) { d("carries", carries, "says that it carries something"); }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.gives = {"start.queries", "embeddings"};
    if (p.carries) contract.state = "something";
    return contract;
  }
  MadeQueries(const Parameters&, const Given&) {}
  FrameMemo encode(const FrameFeatures&, Context&) override { return {}; }
  Tensors start(int64_t batch) override {
    Tensors start;
    start.set("queries", at::zeros({batch, kVitaQueries, kVitaChannels}));
    return start;
  }
  /// A frame of the loop; in training, all frames with layers that differ.
  ClipPrediction decode(const Window&, const Tensors&, State&, Context& context) override {
    int64_t frame = std::max<int64_t>(tap_place().frame, 0);
    int64_t count = context.training ? made.queries.size(0) : 1;
    ClipPrediction last = prediction(made.queries.narrow(0, frame, count), frame);
    for (double layer : {3, 2, 1}) {
      if (context.training) last.aux.push_back(prediction(made.queries + layer, 0));
    }
    return last;
  }

 private:
  static ClipPrediction prediction(const Tensor& queries, int64_t frame) {
    ClipPrediction prediction;
    prediction.embeddings = queries;
    Tensor none = made.none.narrow(0, frame, queries.size(0)).unsqueeze(2);
    prediction.class_scores = at::cat({at::zeros_like(none), none}, 2);
    return prediction;
  }
};

std::string config(const std::string& decoder) {
  return cat(R"(
[classes]
names = ["a"]
[preprocess]
resize = "none"
divisor = 1
[model.backbone]
type = "made/one_map"
[model.tracker]
type = "none"
[window]
length = "video"
[model.decoder]
type = "vita"
queries = 3
channels = 8
heads = 2
feedforward = 16
mask_channels = 5
encoder_layers = 2
decoder_layers = 2
)",
             decoder, "\n[model.decoder.frame]\ntype = \"made/made_queries\"\n");
}

std::unique_ptr<Pipeline> pipeline_of(const std::string& decoder) {
  static const bool registered = [] {
    use_built_plugins();
    Registry::instance().add_builtin("made", [](Registrar& registry) {
      registry.add<OneMap>("one_map", "a map of four pixels");
      registry.add<MadeQueries>("made_queries", "gives frame queries that are made up");
    });
    return true;
  }();
  (void)registered;
  return std::make_unique<Pipeline>(parse_config(config(decoder)), WeightRule());
}

/// Everything that is heard of a video with these frame queries.
std::map<std::string, Tensor> run(const Pipeline& pipeline, const Tensor& queries,
                                  const Tensor& none = {}) {
  made = {queries, none.defined() ? none : at::zeros({queries.size(0), queries.size(1)})};
  TapRecorder recorder;
  VideoInfo video;
  video.listener = &recorder;
  Stream stream = pipeline.open(video);
  Frame frame;
  frame.pixels = at::zeros({3, 2, 2}, at::kByte);
  for (frame.index = 0; frame.index < queries.size(0); ++frame.index) stream.push(frame);
  stream.finish();
  return recorder.heard;
}

using Reach = std::vector<std::vector<bool>>;

/// Which frame attends to which in one layer, by the public code's padding, rolling and masks.
Reach attended(int64_t frames, int64_t window, bool shifted) {
  Reach reach(frames, std::vector<bool>(frames, window == 0));
  if (window == 0) return reach;
  int64_t padded = (frames + window - 1) / window * window, half = (window + 1) / 2;
  for (int64_t p = 0; p < padded; ++p) {
    for (int64_t q = p / window * window; q < (p / window + 1) * window; ++q) {
      int64_t from = shifted ? (p - half + padded) % padded : p;
      int64_t to = shifted ? (q - half + padded) % padded : q;
      bool apart = shifted && p < window && (p < half) != (q < half);
      if (from < frames && to < frames && !apart) reach[from][to] = true;
    }
  }
  return reach;
}

/// After a plain layer and one that may be shifted.
Reach after_two_layers(int64_t frames, int64_t window, bool shifted) {
  Reach first = attended(frames, window, false), second = attended(frames, window, shifted);
  Reach both(frames, std::vector<bool>(frames, false));
  for (int64_t a = 0; a < frames; ++a) {
    for (int64_t b = 0; b < frames; ++b) {
      for (int64_t c = 0; c < frames; ++c) both[a][c] = both[a][c] || (second[a][b] && first[b][c]);
    }
  }
  return both;
}

void expect_reach(const std::string& shift, int64_t window, bool shifted) {
  c10::InferenceMode inference;
  auto pipeline =
      pipeline_of(cat("attention_window = ", window, "\nwindow_shift = \"", shift, "\""));
  for (int64_t frames : {1, 2, 3, 5, 8, 9}) {
    Tensor queries = normal({frames, kVitaQueries, kVitaChannels}, 7);
    Tensor base = run(*pipeline, queries).at("vita.encoded")[0];
    Reach expected = after_two_layers(frames, window, shifted);
    for (int64_t changed = 0; changed < frames; ++changed) {
      Tensor other = queries.clone();
      other[changed] += 1;
      Tensor difference = (run(*pipeline, other).at("vita.encoded")[0] - base).abs().amax({1, 2});
      for (int64_t frame = 0; frame < frames; ++frame) {
        EXPECT_EQ(difference[frame].item<float>() > 1e-6, expected[frame][changed])
            << frames << " frames, windows of " << window << ": frame " << changed << " to "
            << frame;
      }
    }
  }
}

std::string faults_of(const std::string& toml) {
  return plan_pipeline(parse_config(toml)).faults.text();
}

}  // namespace

TEST(Vita, FramesReachEachOtherAsInThePublicWindows) {
  for (int64_t window : {0, 1, 2, 3, 4, 5, 12}) expect_reach("inference", window, true);
}

TEST(Vita, WindowsShiftOnlyWhereTheyAreToldTo) {
  expect_reach("never", 4, false);
  expect_reach("always", 4, true);
}

TEST(Vita, KeepsTheTokensThatAreLeastLikelyNone) {
  c10::InferenceMode inference;
  auto pipeline = pipeline_of("keep_tokens = 0.5");
  Tensor queries = normal({3, kVitaQueries, kVitaChannels}, 1);
  // Queries 1 and 3 of every frame look like objects.
  Tensor none =
      at::stack({at::full({3}, 2.0), at::full({3}, -1.0), at::full({3}, 1.0), at::full({3}, -3.0)},
                1)
          .to(at::kFloat);
  auto heard = run(*pipeline, queries, none);
  EXPECT_EQ(heard.at("vita.encoded").size(2), 2);
  Tensor scores = heard.at("vita.pred_logits");
  for (int64_t query = 0; query < kVitaQueries; ++query) {
    Tensor other = queries.clone();
    other.select(1, query) += 1;
    Tensor changed = run(*pipeline, other, none).at("vita.pred_logits");
    EXPECT_EQ(changed.equal(scores), query % 2 == 0) << query;
  }
}

TEST(Vita, TrainingGetsACopyOfTheBatchForEachOfTheLastFrameLayers) {
  auto pipeline = pipeline_of("frame_layers = 3\nattention_window = 2");
  auto part = [&](const std::string& place) {
    for (const PipelineComponent& one : pipeline->components()) {
      if (one.place == place) return one.component;
    }
    return std::shared_ptr<Component>();
  };
  auto decoder = std::dynamic_pointer_cast<Decoder>(part("model.decoder"));
  ASSERT_TRUE(decoder);
  // Two samples of two frames.
  Tensor queries = normal({4, kVitaQueries, kVitaChannels}, 3).set_requires_grad(true);
  made = {queries, at::zeros({4, kVitaQueries})};
  Generators random(1);
  Communicator world;
  Context context{true, random, world};
  FrameFeatures features;
  Geometry geometry{{2, 2}, {2, 2}, {2, 2}};
  features.geometry.assign(4, geometry);
  features.maps = {{"finest", 1, normal({4, kVitaChannels, 2, 2}, 4)}};
  FrameMemo memo = decoder->encode(features, context);
  ASSERT_TRUE(memo.frames) << "the frames' predictions are supervised too";
  EXPECT_EQ(memo.frames->aux.size(), 3u);
  std::vector<FrameMemo> memos = split_memo(memo, 2, 2);
  std::vector<Geometry> window_geometry(2, geometry);
  Window window{0, memos, window_geometry, 0, 0};
  auto state = decoder->make_state(2);
  ClipPrediction clip = decoder->decode(window, decoder->start(2), *state, context);
  EXPECT_EQ(clip.copies, 3);
  ASSERT_EQ(clip.class_scores.size(0), 6);
  ASSERT_EQ(clip.aux.size(), 1u);
  EXPECT_EQ(clip.aux[0].copies, 3);
  EXPECT_EQ(clip.masks->values(1, Pairs::all(6, 3)).size(0), 18);
  EXPECT_EQ(clip.more.at("similarity.clip").sizes(), at::IntArrayRef({6, 3, kVitaChannels}));
  EXPECT_EQ(clip.more.at("similarity.frame").sizes(),
            at::IntArrayRef({6, 2, kVitaQueries, kVitaChannels}));
  // Copy 0 is the third layer from the end, copy 2 the last; sample 1 is the second in each.
  for (int64_t copy = 0; copy < 3; ++copy) {
    Tensor alone = queries.narrow(0, 2, 2).detach() + (copy == 0 ? 2 : copy == 1 ? 1 : 0);
    c10::InferenceMode inference;
    Tensor expected = run(*pipeline_of("attention_window = 2\nwindow_shift = \"never\""), alone)
                          .at("vita.pred_logits");
    expect_close(clip.class_scores[copy * 2 + 1].detach(), expected[0]);
  }
  clip.class_scores.sum().backward();
  EXPECT_GT(queries.grad().abs().min().item<float>(), 0) << "frame queries are not detached";
}

TEST(Vita, RefusesAFrameDecoderThatCarriesSomethingNamingOnesThatFit) {
  pipeline_of("");
  std::string faults = faults_of(config("") + "carries = true\n");
  EXPECT_NE(faults.find("decoder 'vita' needs stateless, but decoder 'made_queries' provides"),
            std::string::npos)
      << faults;
  EXPECT_NE(faults.find("mask2former"), std::string::npos) << faults;
}

TEST(Vita, RefusesAPixelDecoderWithoutTheFinestMap) {
  pipeline_of("");
  std::string faults = faults_of(config("mask_features = \"pixel_decoder\""));
  EXPECT_NE(faults.find("decoder 'vita' needs map:mask_features, but backbone 'one_map' provides"),
            std::string::npos)
      << faults;
}

TEST(Vita, ItsWeightsHaveTheirPublicNames) {
  auto pipeline = pipeline_of("");
  std::set<std::string> names;
  for (const PipelineComponent& one : pipeline->components()) {
    if (one.place != "model.decoder") continue;
    for (const NamedParameter& parameter : named_parameters(*one.component)) {
      names.insert(parameter.name);
    }
  }
  std::set<std::string> expected;
  auto add = [&](const std::string& module, std::initializer_list<const char*> parameters) {
    for (const char* parameter : parameters) {
      expected.insert(cat("vita_module.", module, ".", parameter));
    }
  };
  auto attention = [&](const std::string& module) {
    add(module, {"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"});
  };
  for (int layer : {0, 1}) {
    attention(cat("enc_self_attn.", layer, ".self_attn"));
    attention(cat("transformer_self_attention_layers.", layer, ".self_attn"));
    attention(cat("transformer_cross_attention_layers.", layer, ".multihead_attn"));
    for (const char* module :
         {"enc_self_attn.#.norm", "enc_ffn.#.linear1", "enc_ffn.#.linear2", "enc_ffn.#.norm",
          "transformer_self_attention_layers.#.norm", "transformer_cross_attention_layers.#.norm",
          "transformer_ffn_layers.#.linear1", "transformer_ffn_layers.#.linear2",
          "transformer_ffn_layers.#.norm"}) {
      std::string name = module;
      add(name.replace(name.find('#'), 1, std::to_string(layer)), {"weight", "bias"});
    }
  }
  for (const char* table : {"fq_pos", "query_feat", "query_embed"}) add(table, {"weight"});
  for (const char* module : {"vita_mask_features", "input_proj_dec", "decoder_norm", "class_embed",
                             "mask_embed.layers.0", "mask_embed.layers.1", "mask_embed.layers.2",
                             "sim_embed_frame", "sim_embed_clip"}) {
    add(module, {"weight", "bias"});
  }
  EXPECT_EQ(names, expected);
}
