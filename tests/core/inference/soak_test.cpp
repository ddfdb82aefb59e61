// Streams without an end: memory stays flat over frames, streams and sizes.

#include <ATen/ops/randint.h>
#include <clipwork/context.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>
#include <clipwork/tracker.h>
#include <malloc.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "result_text.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

// What the program sets at its start; oneDNN reads it at its first use.
[[maybe_unused]] const bool kPrepared = [] {
  setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32", 0);
  mallopt(M_ARENA_MAX, 4);
  use_built_plugins();
  return true;
}();

/// Memory of this process that no file backs, bytes.
int64_t anonymous_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::strtoll(line.c_str() + 8, nullptr, 10) * 1024;
  }
  return 0;
}

/// Expects memory not to have grown by `limit` bytes or more. Under the address sanitizer what was
/// freed stays for a while, so that growth says nothing.
void expect_growth_below(int64_t growth, int64_t limit) {
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(growth, limit);
#else
  static_cast<void>(growth), static_cast<void>(limit);
#endif
}

/// How many frames to push: CLIPWORK_SOAK_FRAMES, else enough to see growth.
int64_t frames_wanted() {
  const char* wanted = std::getenv("CLIPWORK_SOAK_FRAMES");
  return wanted ? std::strtoll(wanted, nullptr, 10) : 240;
}

/// A tracker that uses up more ids than any of ours: after three windows, all tracks end and every
/// row begins another.
struct ShortLived : Tracker {
  struct Parameters {
    void describe(Describer&) {}
  };
  struct Windows : State {
    int64_t count = 0, first_id = 0, next_id = 0;
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  ShortLived(const Parameters&, const Given&) {}
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Windows>(); }
  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& windows = dynamic_cast<Windows&>(state);
    const int64_t rows = prediction.rows();
    const bool anew = windows.count++ % 3 == 0;
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    if (anew) {
      for (int64_t id = windows.first_id; id < windows.next_id; ++id) tracked.ended.push_back(id);
      windows.first_id = windows.next_id;
      windows.next_id += rows;
    }
    for (int64_t row = 0; row < rows; ++row) {
      tracked.links.push_back({static_cast<int>(row), windows.first_id + row, anew});
    }
    return tracked;
  }
};
[[maybe_unused]] const bool kShortLivedRegistered = [] {
  Registry::instance().add_builtin("outside", [](Registrar& registry) {
    registry.add<ShortLived>("short_lived", "begins and ends tracks all the time");
  });
  return true;
}();

/// What makes a method's tiny config tinier, and bounds what it remembers of the past.
const std::map<std::string, std::vector<Override>> kOverrides = {
    {"minvis", {"model.pixel_decoder.layers=1"}},
    {"outside", {"model.pixel_decoder.layers=1", "model.tracker.type=short_lived"}},
    {"novis", {"model.pixel_decoder.layers=1"}},
    {"vita", {"model.pixel_decoder.layers=1"}},
    {"genvis", {"model.pixel_decoder.layers=1", "model.tracker.memory_limit=20"}},
    {"iai", {"model.decoder.memory_frames=20"}}};

std::unique_ptr<Pipeline> small_pipeline(const std::string& method, std::vector<Override> more) {
  const std::vector<Override>& own = kOverrides.at(method);
  more.insert(more.end(), own.begin(), own.end());
  more.insert(more.end(), {"preprocess.resize=none", "model.backbone.depth=18",
                           "model.backbone.stem_channels=8", "model.backbone.res2_channels=8",
                           "run.threads=1"});
  const std::string folder = method == "outside" ? "minvis" : method;
  const std::string file = (source_dir() / "configs" / folder / "tiny.toml").string();
  return std::make_unique<Pipeline>(load_config(file, more), WeightRule());
}

class Soak : public testing::TestWithParam<const char*> {
 protected:
  Frame frame(int64_t index, int64_t height, int64_t width) {
    Frame frame;
    frame.pixels = at::randint(0, 256, {3, height, width}, random_("soak"), at::kByte);
    frame.index = index;
    return frame;
  }

 private:
  Generators random_{1};
};

}  // namespace

TEST_P(Soak, MemoryIsFlatOverStreamsOfManySizes) {
  const int64_t frames = frames_wanted(), length = 20;
  auto pipeline = small_pipeline(GetParam(), {"run.keep_result=false"});
  int64_t settled = 0, half_way = 0;
  for (int64_t first = 0, video = 0; first < frames; first += length, ++video) {
    // Hardly a size comes twice.
    const int64_t height = 32 + video * 37 % 89, width = 32 + video * 53 % 97;
    Stream stream = pipeline->open();
    for (int64_t t = 0; t < std::min(length, frames - first); ++t) {
      settled += static_cast<int64_t>(stream.push(frame(t, height, width)).size());
    }
    settled += static_cast<int64_t>(stream.finish().settled.size());
    if (half_way == 0 && first + length >= frames / 2) half_way = anonymous_bytes();
  }
  EXPECT_EQ(settled, frames);
  const int64_t growth = anonymous_bytes() - half_way;
  std::cout << GetParam() << ": " << frames << " frames, " << (half_way >> 20)
            << " MB after half of them, " << growth / 1024 << " KB more at the end\n";
  expect_growth_below(growth, 11 << 20);
}

TEST_P(Soak, OneLongStreamKeepsNothingOfWhatItGaveOut) {
  const int64_t frames = frames_wanted();
  auto pipeline = small_pipeline(GetParam(), {"run.keep_result=false"});
  Stream stream = pipeline->open();
  int64_t quarter = 0;
  for (int64_t t = 0; t < frames; ++t) {
    stream.push(frame(t, 48, 64));
    if (t == frames / 4) quarter = anonymous_bytes();
  }
  const int64_t growth = anonymous_bytes() - quarter;
  std::cout << GetParam() << ": " << frames << " frames, " << (quarter >> 20)
            << " MB after a quarter of them, " << growth / 1024 << " KB more at the end\n";
  expect_growth_below(growth, 1 << 20);
  const MemoryUse use = stream.memory();
  EXPECT_EQ(use.mask_bytes + use.mask_file_bytes, 0);
  EXPECT_LE(use.held_bytes, 8 * use.bytes_per_frame);
}

INSTANTIATE_TEST_SUITE_P(Methods, Soak,
                         testing::Values("minvis", "novis", "genvis", "iai", "outside"),
                         [](const auto& info) { return info.param; });

TEST_F(Soak, AVideoSeenAtOnceTakesAFewKilobytesAFrame) {
  constexpr int64_t kFrames = 300;
  // A megabyte is full after some frames; how many will come is not known.
  auto pipeline = small_pipeline("vita", {"memory.memos_mb=1"});
  Stream stream = pipeline->open();
  int64_t third = 0;
  for (int64_t t = 0; t < kFrames; ++t) {
    stream.push(frame(t, 48, 64));
    if (t == kFrames / 3) third = anonymous_bytes();
  }
  MemoryUse use = stream.memory();
  EXPECT_EQ(use.memos, "spool");
  EXPECT_LE(use.peak_held_bytes, 1 << 20);
  EXPECT_GT(use.memo_file_bytes, 4 << 20);
  EXPECT_LT(use.bytes_per_frame, 32 << 10);
  const int64_t growth = anonymous_bytes() - third;
  expect_growth_below(growth, kFrames * 2 / 3 * use.bytes_per_frame + (4 << 20));
  Result result = stream.finish().result;
  EXPECT_EQ(result.frames, kFrames);
  // What frames the decoder and the masks needed again were read, one at a time.
  EXPECT_LE(stream.memory().peak_held_bytes, 1 << 20);
  const int64_t whole = anonymous_bytes() - third;
  std::cout << "vita: " << use.bytes_per_frame << " bytes a frame, file of "
            << (use.memo_file_bytes >> 20) << " MB, " << growth / 1024
            << " KB more after 200 frames, " << whole / 1024 << " KB at the end\n";
}

TEST_F(Soak, AVideoSeenAtOnceGivesTheSameFromTheFileAsFromMemory) {
  auto masks = [&](const std::string& memos) {
    Generators random(7);
    auto pipeline = small_pipeline("vita", {"memory.memos=" + memos});
    Stream stream = pipeline->open();
    for (int64_t t = 0; t < 12; ++t) {
      Tensor pixels = at::randint(0, 256, {3, 48, 64}, random("frames"), at::kByte);
      stream.push({pixels, t, 0, ""});
    }
    return text(stream.finish().result);
  };
  const std::string expected = masks("memory");
  EXPECT_EQ(masks("spool"), expected);
  EXPECT_EQ(masks("recompute"), expected);
}
