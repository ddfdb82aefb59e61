// The clip decoder by itself: what its parameters mean, and what overlap embeddings must satisfy.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/tap.h>
#include <clipwork/testing/decoder.h>

#include <array>

#include "support.h"
#include "tap_recorder.h"

using namespace clipwork;
using test::DecoderHarness;
using test::TapRecorder;
using test::toml;

namespace {

constexpr int64_t kChannels = 16, kQueries = 6;
constexpr std::array<std::pair<int64_t, int64_t>, 3> kMaps = {{{2, 3}, {4, 5}, {7, 9}}};

Given given() {
  Given given;
  given.classes = 3;
  for (int64_t level = 0; level < 3; ++level) {
    given.maps.push_back({cat("multi_scale.", level), kChannels, int64_t{32} >> level});
  }
  given.maps.push_back({"mask_features", 8, 4});
  return given;
}

/// Maps of frames by their numbers: frame f is the same whichever frames stand beside it.
FrameFeatures features(const std::vector<uint64_t>& frames) {
  FrameFeatures all;
  all.geometry.resize(frames.size());
  auto add = [&](const std::string& name, int64_t channels, int64_t height, int64_t width) {
    std::vector<Tensor> maps;
    for (uint64_t frame : frames) {
      uint64_t seed = frame * 31 + static_cast<uint64_t>(height);
      maps.push_back(
          at::randn({channels, height, width}, at::detail::createCPUGenerator(seed), at::kFloat));
    }
    all.maps.push_back({name, 1, at::stack(maps)});
  };
  for (int64_t level = 0; level < 3; ++level) {
    add(cat("multi_scale.", level), kChannels, kMaps[level].first, kMaps[level].second);
  }
  add("mask_features", 8, 14, 18);
  return all;
}

Value table(std::initializer_list<std::pair<const char*, Value>> entries) {
  Value made = Value::table();
  for (const auto& [key, value] : entries) made.set(key, value);
  return made;
}

/// One video through the decoder, with small layers unless `parameters` say otherwise.
class Clip : public DecoderHarness {
 public:
  explicit Clip(const Value& parameters = Value::table())
      : DecoderHarness("video_instance", with_usual(parameters), given()) {}

  using DecoderHarness::decode;
  ClipPrediction decode(const std::vector<uint64_t>& frames, int head = 0, int tail = 0) {
    return decode(::features(frames), head, tail);
  }

 private:
  static Value with_usual(const Value& parameters) {
    Registry::instance().load(test::build_dir() / "plugins/video_instance.so");
    Value all = toml("heads = 4\nlayers = 4\nfeedforward = 24\noverlap_embeddings = true");
    all.set("queries", kQueries);
    all.set("channels", kChannels);
    for (const Value::Member& member : *parameters.table_members()) {
      all.set(member.key, member.value);
    }
    return all;
  }
};

void expect_equal(const Tensor& a, const Tensor& b, double tolerance = 1e-5) {
  ASSERT_EQ(a.sizes(), b.sizes());
  EXPECT_LT((a - b).abs().max().item<double>(), tolerance);
}

double distance(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

// ---- overlap embeddings

TEST(OverlapEmbeddings, OverTheWholeClipAreTheOutputEmbeddings) {
  ClipPrediction prediction = Clip().decode({1, 2, 3}, 3, 3);
  expect_equal(prediction.more.at("embeddings.head"), prediction.embeddings);
  expect_equal(prediction.more.at("embeddings.tail"), prediction.embeddings);
}

TEST(OverlapEmbeddings, AreNotGivenWithoutANeighbourThatSharesFrames) {
  EXPECT_TRUE(Clip().decode({1, 2, 3}).more.entries.empty());
  ClipPrediction first = Clip().decode({1, 2, 3}, 0, 1);
  EXPECT_EQ(first.more.find("embeddings.head"), nullptr);
  EXPECT_NE(first.more.find("embeddings.tail"), nullptr);
  Clip never(table({{"overlap_embeddings", false}}));
  EXPECT_TRUE(never.decode({1, 2, 3}, 1, 1).more.entries.empty());
}

TEST(OverlapEmbeddings, AreTheOrdinaryOnesOfQueriesThatAreSeenNowhere) {
  TapRecorder recorder;
  recorder.replaced["decoder.allowed"] = at::zeros({1, kQueries, 3 * 2 * 3}, at::kBool);
  TapScope taps(&recorder);
  ClipPrediction prediction = Clip().decode({1, 2, 3}, 1, 2);
  EXPECT_FALSE(recorder.heard.at("decoder.head_seen").any().item<bool>());
  EXPECT_TRUE(prediction.more.at("embeddings.head").equal(prediction.embeddings));
  EXPECT_TRUE(prediction.more.at("embeddings.tail").equal(prediction.embeddings));
}

TEST(OverlapEmbeddings, DoNotChangeWithWhatOtherFramesShow) {
  // Everything that the last layer starts from is held, and every query is seen everywhere: only
  // the frames in question may count.
  TapRecorder recorder;
  recorder.replaced["decoder.allowed"] = at::ones({1, kQueries, 3 * 2 * 3}, at::kBool);
  recorder.replaced["decoder.layer_input"] =
      at::randn({1, kQueries, kChannels}, at::detail::createCPUGenerator(5), at::kFloat);
  TapScope taps(&recorder);
  Clip clip;
  ClipPrediction one = clip.decode({1, 2, 3}, 1, 1);
  clip.restart();
  ClipPrediction other = clip.decode({1, 7, 9}, 1, 1);
  expect_equal(one.more.at("embeddings.head"), other.more.at("embeddings.head"));
  EXPECT_GT(distance(one.more.at("embeddings.tail"), other.more.at("embeddings.tail")), 1e-3);
  EXPECT_GT(distance(one.embeddings, other.embeddings), 1e-3);
}

TEST(OverlapEmbeddings, HaveThePapersOtherReadingsAsParameters) {
  auto head = [](const Value& parameters) {
    return Clip(parameters).decode({1, 2, 3, 4}, 2, 2).more.at("embeddings.head");
  };
  Tensor usual = head(table({}));
  for (auto [name, value] :
       {std::pair("overlap_input", "output"), std::pair("overlap_mask", "final"),
        std::pair("overlap_blocks", "cross")}) {
    EXPECT_GT(distance(head(table({{name, value}})), usual), 1e-4) << name;
  }
}

TEST(OverlapEmbeddings, OfAWindowThatWasMovedBackLookAtTheFramesThatTheWindowBeforeLookedAt) {
  Clip clip;
  clip.decode({1, 2, 3, 4}, 0, 2);  // looked at 3 and 4
  // Frames 2, 3 and 4 are shared, and 2 is not looked at: another frame in its place changes
  // nothing but the ordinary state of queries that are not seen, so masks and input are held.
  TapRecorder recorder;
  recorder.replaced["decoder.allowed"] = at::ones({1, kQueries, 4 * 2 * 3}, at::kBool);
  recorder.replaced["decoder.layer_input"] =
      at::randn({1, kQueries, kChannels}, at::detail::createCPUGenerator(5), at::kFloat);
  TapScope taps(&recorder);
  Tensor head = clip.decode({2, 3, 4, 5}, 3, 0).more.at("embeddings.head");
  clip.restart();
  clip.decode({1, 2, 3, 4}, 0, 2);
  expect_equal(clip.decode({8, 3, 4, 5}, 3, 0).more.at("embeddings.head"), head);
  // A window before that shared nothing on purpose: the ordinary embeddings are compared.
  clip.restart();
  clip.decode({1, 2, 3, 4}, 0, 0);
  EXPECT_EQ(clip.decode({2, 3, 4, 5}, 3, 0).more.find("embeddings.head"), nullptr);
}

// ---- time

TEST(TemporalCode, TellsFramesApartByTheirPlaceInTheWindow) {
  auto scores = [](const char* encoding, std::vector<uint64_t> frames) {
    return Clip(table({{"temporal_encoding", encoding}})).decode(frames).class_scores;
  };
  // Without a code the frames of a window are a set.
  expect_equal(scores("none", {1, 2, 3}), scores("none", {3, 1, 2}));
  EXPECT_GT(distance(scores("sine", {1, 2, 3}), scores("sine", {3, 1, 2})), 1e-4);
  EXPECT_GT(distance(scores("learned", {1, 2, 3}), scores("learned", {3, 1, 2})), 1e-4);
}

TEST(TemporalCode, IsALearnedTableOfItsOwnNameOneOrOneALevel) {
  auto names = [](const char* levels) {
    Clip clip(table({{"temporal_encoding", "learned"}, {"temporal_levels", levels}}));
    std::vector<std::string> found;
    for (const NamedParameter& one : named_parameters(clip.decoder())) {
      if (one.name.find("temporal") != std::string::npos) found.push_back(one.name);
    }
    return found;
  };
  EXPECT_EQ(names("shared"),
            (std::vector<std::string>{"sem_seg_head.predictor.temporal_embed.weight"}));
  EXPECT_EQ(names("own"),
            (std::vector<std::string>{"sem_seg_head.predictor.temporal_embed.0.weight",
                                      "sem_seg_head.predictor.temporal_embed.1.weight",
                                      "sem_seg_head.predictor.temporal_embed.2.weight"}));
}

TEST(TemporalCode, OfAWindowLongerThanTheTableIsRefusedOrStretched) {
  Value learned = table({{"temporal_encoding", "learned"}, {"temporal_length", int64_t{3}}});
  EXPECT_EQ(Clip(learned).contract().max_window, 3);
  learned.set("temporal_overflow", "interpolate");
  Clip stretched(learned);
  EXPECT_EQ(stretched.contract().max_window, 0);
  EXPECT_EQ(stretched.decode({1, 2, 3, 4, 5}).rows(), kQueries);
}

TEST(TemporalCode, InFeaturesIsAddedToValuesToo) {
  // A window of one frame: adding the first row of the table to every place of the maps is the
  // same.
  Clip features_too(table({{"temporal_encoding", "learned"}, {"temporal_target", "features"}}));
  Clip keys_only(table({{"temporal_encoding", "learned"}})), none;
  Tensor code;
  for (const NamedParameter& one : named_parameters(features_too.decoder())) {
    if (one.name.ends_with("temporal_embed.weight")) code = one.value[0].detach();
  }
  FrameFeatures frame = features({1}), shifted = features({1});
  for (FeatureMap& map : shifted.maps) {
    if (map.name != "mask_features") map.value = map.value + code.view({-1, 1, 1});
  }
  expect_equal(features_too.decode(frame, 0, 0).class_scores,
               none.decode(shifted, 0, 0).class_scores);
  EXPECT_GT(distance(keys_only.decode(frame, 0, 0).class_scores,
                     features_too.decode(frame, 0, 0).class_scores),
            1e-4);
}

TEST(TemporalCode, StartsTrainingAtZerosOrNormalNumbers) {
  auto table = [](const char* init) {
    Registry::instance().load(test::build_dir() / "plugins/video_instance.so");
    const ComponentInfo& info = Registry::instance().find("decoder", "video_instance");
    Value parameters = Value::table();
    parameters.set("channels", kChannels);
    parameters.set("temporal_encoding", "learned");
    parameters.set("temporal_length", int64_t{200});
    parameters.set("temporal_init", init);
    Faults faults;
    Describer describer(&parameters, "model.decoder", faults);
    auto values = info.describe(describer);
    faults.raise();
    std::shared_ptr<Component> decoder = info.make(values.get(), given());
    for (const NamedParameter& one : named_parameters(*decoder)) {
      if (one.name.ends_with("temporal_embed.weight")) return one.value.detach().clone();
    }
    return Tensor();
  };
  EXPECT_EQ(table("zeros").abs().max().item<double>(), 0);
  EXPECT_NEAR(table("normal").std().item<double>(), 1, 0.05);
  EXPECT_TRUE(table("normal").equal(table("normal")));
}

// ---- what is kept

TEST(VideoInstance, PredictsTheSameFromMapsAndFromProjectedKeys) {
  for (const char* encoding : {"none", "sine", "learned"}) {
    Clip maps(table({{"temporal_encoding", encoding}, {"keep", "maps"}}));
    Clip projected(table({{"temporal_encoding", encoding}, {"keep", "projected"}}));
    ClipPrediction a = maps.decode({1, 2, 3}, 1, 1), b = projected.decode({1, 2, 3}, 1, 1);
    expect_equal(a.class_scores, b.class_scores);
    expect_equal(a.more.at("embeddings.head"), b.more.at("embeddings.head"));
  }
}

TEST(VideoInstance, TakesAttentionMasksFromReducedMaskFeatures) {
  Clip reduced(table({{"attention_masks", "reduced"}}));
  Clip published(table({{"attention_masks", "published"}}));
  expect_equal(reduced.decode({1, 2, 3}, 1, 1).class_scores,
               published.decode({1, 2, 3}, 1, 1).class_scores);
}
