// Assembly: contracts are checked before anything is built, and both ends are named. And a real
// model in a stream.

#include <ATen/ops/zeros_like.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>

#include "core/loop_components.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

[[maybe_unused]] const bool kPluginsFound = (use_built_plugins(), true);

Config tiny(const std::vector<Override>& changes = {}) {
  std::vector<Override> all = changes;
  return load_config((source_dir() / "configs/minvis/tiny.toml").string(), all);
}

PipelineOptions by_rule() {
  PipelineOptions options;
  options.weights = "rule";
  return options;
}

/// What a faulty config is answered with.
std::string refusal(const Config& config) {
  try {
    Pipeline pipeline(config, by_rule());
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

Frame picture(int64_t t) { return {picture_by_rule(3, t, 1, 60, 90)[0], t, 0, ""}; }

std::string text(const Result& result) {
  std::string all;
  for (const ResultRow& row : result.rows) {
    all += cat(row.track, " ", row.category, " ", row.score, ":");
    for (int64_t t = 0; t < result.frames; ++t)
      all += " " + result.mask(row.track, t)->compressed();
    all += "\n";
  }
  return all;
}

}  // namespace

TEST(Assembly, NamesBothEndsWhereATrackerNeedsWhatTheDecoderDoesNotGive) {
  register_loop_components();
  std::string says = refusal(parse_config(R"(
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
  EXPECT_SAYS(says, "would fit: ");
  EXPECT_SAYS(says, "carry");
}

TEST(Assembly, NamesTheMapThatIsMissing) {
  std::string says =
      refusal(tiny({"model.pixel_decoder.replace=true", "model.pixel_decoder.type=msdeform"}));
  EXPECT_EQ(says, "");
  register_loop_components();
  says = refusal(tiny({"model.backbone.type=loop/mean"}));
  EXPECT_SAYS(says, "pixel_decoder 'msdeform' needs map:res2, but backbone 'mean' provides");
}

TEST(Assembly, RefusesAStrideThatLosesFrames) {
  std::string says = refusal(tiny({"window.length=1", "window.stride=2"}));
  EXPECT_SAYS(says, "window.stride 2 is longer than window.length 1");
}

TEST(Assembly, RefusesAStrideBesideTheWholeVideo) {
  std::string says =
      refusal(tiny({"window.length=video", "window.stride=2", "model.tracker.type=none"}));
  EXPECT_SAYS(says, "window.stride has no meaning with length = \"video\"");
}

TEST(Assembly, RefusesWindowsThatTheDecoderCannotTake) {
  std::string says = refusal(tiny({"window.length=4"}));
  EXPECT_SAYS(says,
              "decoder 'mask2former' accepts windows of 1 to 1 frames, not windows of 4 frames");
}

TEST(Assembly, RefusesATrackerOfOneWindowWhereThereAreMany) {
  register_loop_components();
  std::string says = refusal(parse_config(R"(
[model.backbone]
type = "loop/mean"
[model.decoder]
type = "loop/numbers"
[model.tracker]
type = "none"
[window]
length = 3
[classes]
names = ["a"]
)"));
  EXPECT_SAYS(
      says,
      "tracker 'none' needs the whole video as one window, but the windows here are of 3 frames");
  EXPECT_SAYS(says, "carry");
}

TEST(Assembly, ReportsEveryFaultAtOnce) {
  std::string says =
      refusal(tiny({"model.decoder.queris=5", "model.tracker.assignment=magic", "tracks.top_k=0"}));
  EXPECT_SAYS(says, "did you mean 'queries'?");
  EXPECT_SAYS(says, "magic");
  EXPECT_SAYS(says, "top_k");
}

TEST(Assembly, RefusesPluginFoldersOutsideTheConfigsOwn) {
  std::string says = refusal(tiny({"plugins.path=[\"../evil\"]"}));
  EXPECT_SAYS(says, "not below the folder of the config");
}

TEST(Assembly, AsksForWeightsWhereTheConfigNamesNone) {
  try {
    Pipeline pipeline(tiny());
    FAIL() << "not refused";
  } catch (const InputError& error) {
    EXPECT_SAYS(std::string(error.what()), "--weights FILE");
  }
}

TEST(Pipeline, AStreamGivesTheSameTracksHoweverItsFramesArePushed) {
  Pipeline pipeline(tiny(), by_rule());
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
  Pipeline pipeline(tiny({"model.tracker.type=none", "tracks.quality=output"}), by_rule());
  EXPECT_TRUE(pipeline.still_pictures());
  Stream stream = pipeline.open();
  EXPECT_EQ(stream.push(picture(0)).size(), 1u);
  EXPECT_THROW(stream.push(picture(1)), InputError);
}

TEST(Pipeline, PlainAndPackedFormsGiveTheSameScores) {
  auto scores = [&](const char* plain) {
    Pipeline pipeline(tiny({cat("run.plain=", plain).c_str()}), by_rule());
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
  Pipeline pipeline(tiny(), by_rule());
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
