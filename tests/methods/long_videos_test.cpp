// Memory over long videos: a stream of GenVIS holds as much after 500 frames as after 100, and each
// frame of an offline video of VITA adds its tokens and its mask features, and no more.

#include <clipwork/checkpoint.h>
#include <clipwork/config.h>
#include <clipwork/pipeline.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

Pipeline pipeline_of(const std::string& config, std::vector<Override> more) {
  use_built_plugins();
  for (const char* thin : {"model.pixel_decoder.layers=1", "model.decoder.frame.layers=1",
                           "model.decoder.encoder_layers=2", "model.decoder.decoder_layers=1",
                           "preprocess.short_edge=64"}) {
    more.emplace_back(thin, "the test");
  }
  PipelineOptions options;
  options.weights = "rule";
  return Pipeline(load_config((source_dir() / "configs" / config).string(), more), options);
}

}  // namespace

TEST(LongVideos, AStreamOfGenVisDoesNotGrow) {
  Pipeline pipeline = pipeline_of(
      "genvis/tiny.toml",
      {{"run.keep_result=false", "the test"}, {"model.tracker.memory_limit=20", "the test"}});
  at::Tensor pictures = picture_by_rule(5, 0, 10, 64, 64);
  Stream stream = pipeline.open();
  int64_t early = 0, settled = 0;
  for (int64_t t = 0; t < 500; ++t) {
    settled += static_cast<int64_t>(stream.push({pictures[t % 10], t, 0, ""}).size());
    if (t == 100) early = resident_bytes();
  }
  EXPECT_EQ(settled, 500) << "an online stream gives every frame at once";
  EXPECT_LT(resident_bytes() - early, 4 << 20);
  Result result = stream.finish();
  EXPECT_EQ(result.frames, 500);
  EXPECT_EQ(result.spool, nullptr);
}

TEST(LongVideos, AFrameOfVitaAddsItsTokensAndMaskFeatures) {
  Pipeline pipeline = pipeline_of("vita/tiny.toml", {});
  at::Tensor pictures = picture_by_rule(6, 0, 10, 64, 64);
  Stream stream = pipeline.open();
  int64_t early = 0;
  constexpr int64_t kFrames = 300, kEarly = 100;
  for (int64_t t = 0; t < kFrames; ++t) {
    stream.push({pictures[t % 10], t, 0, ""});
    if (t + 1 == kEarly) early = resident_bytes();
  }
  // 12 tokens of 64 channels with an index each, mask features of 64 channels at 16 x 16.
  constexpr int64_t kFrameBytes = 12 * (64 * 4 + 8) + 64 * 16 * 16 * 4;
  double grown = static_cast<double>(resident_bytes() - early) / (kFrames - kEarly);
  EXPECT_LT(grown, 1.3 * kFrameBytes);
  Result result = stream.finish();
  EXPECT_EQ(result.frames, kFrames);
  ASSERT_EQ(result.rows.size(), 5u);
  EXPECT_TRUE(result.mask(result.rows[0].track, kFrames - 1).has_value());
}
