// Methods whose windows have several frames, whole, from their small configs.

#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>

#include <algorithm>
#include <optional>

#include "result_text.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

[[maybe_unused]] const bool kPluginsFound = (use_built_plugins(), true);

/// One weight rule for all: parameters of one name are the same in every method.
std::unique_ptr<Pipeline> pipeline(const std::string& method,
                                   const std::vector<std::string>& changes = {}) {
  std::vector<Override> overrides(changes.begin(), changes.end());
  WeightRule rule;
  rule.gains = {{"temporal_embed", 8}, {"query_feat", 3}, {"query_embed", 6}};
  return std::make_unique<Pipeline>(
      load_config((source_dir() / "configs" / method / "tiny.toml").string(), overrides), rule);
}

Frame picture(int64_t t, uint64_t seed = 3) {
  // Another scene from frame 3 on, so that queries change places.
  return {picture_by_rule(seed + static_cast<uint64_t>(t / 3), t, 1, 60, 90)[0], t, 0, ""};
}

std::string run(const Pipeline& pipeline, int64_t frames) {
  Stream stream = pipeline.open();
  for (int64_t t = 0; t < frames; ++t) stream.push(picture(t));
  return text(stream.finish().result);
}

int64_t calls(const Stream& stream, const std::string& stage) {
  for (const StageTimes::Stage& entry : stream.times().stages) {
    if (entry.name == stage) return entry.calls;
  }
  return 0;
}

const std::vector<std::string> kSineOverOneWindow = {"model.decoder.temporal_encoding=sine",
                                                     "window.length=8", "window.stride=4"};

}  // namespace

TEST(ClipMethods, NovisWithTheSineCodeAndOneWindowIsMask2FormerVis) {
  auto novis = pipeline("novis", kSineOverOneWindow), vis = pipeline("mask2former_vis");
  std::string expected = run(*vis, 6);
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(run(*novis, 6), expected);
  // With a learned code it is not.
  EXPECT_NE(run(*pipeline("novis", {"window.length=8", "model.decoder.temporal_length=8"}), 6),
            expected);
}

TEST(ClipMethods, NovisDoesNoFrameTwice) {
  auto novis = pipeline("novis");
  Stream stream = novis->open();
  for (int64_t t = 0; t < 9; ++t) stream.push(picture(t));
  stream.finish();
  for (const char* stage : {"backbone", "pixel_decoder", "encode"}) {
    EXPECT_EQ(calls(stream, stage), 9) << stage;
  }
  EXPECT_EQ(calls(stream, "decode"), 4);
}

TEST(ClipMethods, NovisSettlesFramesAsSoonAsNoWindowHoldsThem) {
  auto novis = pipeline("novis");
  Stream stream = novis->open();
  std::vector<size_t> settled;
  for (int64_t t = 0; t < 7; ++t) settled.push_back(stream.push(picture(t)).size());
  EXPECT_EQ(settled, (std::vector<size_t>{0, 0, 0, 2, 0, 2, 0}));
  EXPECT_EQ(stream.finish().settled.size(), 3u);
}

TEST(ClipMethods, StreamsPushedInTurnStayWhatTheyAreAlone) {
  for (const char* method : {"novis", "mask2former_vis"}) {
    auto shared = pipeline(method);
    std::string alone = run(*shared, 7);
    Stream one = shared->open(), other = shared->open();
    for (int64_t t = 0; t < 7; ++t) {
      one.push(picture(t));
      other.push(picture(t, 17));
    }
    EXPECT_EQ(text(one.finish().result), alone) << method;
    EXPECT_NE(text(other.finish().result), alone) << method;
  }
}

TEST(ClipMethods, NovisTakesWindowsOfEveryShape) {
  struct Shape {
    int64_t length, stride, frames;
  };
  for (const Shape& shape : {Shape{8, 7, 10}, Shape{3, 1, 7}, Shape{5, 5, 12}, Shape{1, 1, 3},
                             Shape{4, 2, 3}, Shape{4, 2, 1}, Shape{2, 1, 2}, Shape{8, 1, 9}}) {
    for (const char* last : {"short", "shift"}) {
      auto novis =
          pipeline("novis", {cat("window.length=", shape.length),
                             cat("window.stride=", shape.stride), cat("window.last=", last),
                             cat("model.decoder.temporal_length=", shape.length)});
      Stream stream = novis->open();
      std::vector<SettledFrame> frames;
      auto take = [&](std::vector<SettledFrame> more) {
        for (SettledFrame& frame : more) frames.push_back(std::move(frame));
      };
      for (int64_t t = 0; t < shape.frames; ++t) take(stream.push(picture(t)));
      Finished finished = stream.finish();
      take(std::move(finished.settled));
      ASSERT_EQ(static_cast<int64_t>(frames.size()), shape.frames);
      for (int64_t t = 0; t < shape.frames; ++t) EXPECT_EQ(frames[t].index, t);
      EXPECT_EQ(finished.result.rows.size(), 5u);
    }
  }
}

TEST(ClipMethods, WindowsThatShareNothingAreLinkedByOrdinaryEmbeddings) {
  std::vector<std::string> apart = {"window.length=3", "window.stride=3"};
  std::vector<std::string> ordinary = apart;
  ordinary.push_back("model.tracker.type=embedding");
  EXPECT_EQ(run(*pipeline("novis", apart), 8), run(*pipeline("novis", ordinary), 8));
}

TEST(ClipMethods, SaysWhatDoesNotFit) {
  auto refusal = [](const std::vector<std::string>& changes) -> std::string {
    try {
      pipeline("novis", changes);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  auto expect_says = [&](const std::vector<std::string>& changes, const std::string& part) {
    std::string says = refusal(changes);
    EXPECT_NE(says.find(part), std::string::npos) << says;
  };
  expect_says({"window.length=5"}, "accepts windows of 1 to 4 frames, not windows of 5 frames");
  expect_says({"model.decoder.overlap_embeddings=false"},
              "tracker 'overlap_embedding' needs embeddings.head");
  expect_says({"model.tracker.type=iou", "window.stride=4"},
              "tracker 'iou' compares frames that windows share, but windows of 4 frames every 4 "
              "share none");
  EXPECT_EQ(refusal({"model.tracker.type=iou", "window.stride=4", "model.tracker.compare=last"}),
            "");
}
