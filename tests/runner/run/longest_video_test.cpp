// The search for the longest video within a budget of memory.

#include "run/longest_video.h"

#include <clipwork/host/config.h>
#include <gtest/gtest.h>

#include "support.h"

namespace clipwork::runs {
namespace {

constexpr int64_t kMegabyte = 1 << 20;

/// Within 2 percent below `expected`, found with at most 14 runs.
void expect_found(int64_t expected, int64_t budget,
                  const std::function<int64_t(int64_t)>& bytes_of) {
  int runs = 0;
  const int64_t found = search_longest(
      [&](int64_t frames) {
        ++runs;
        // A run is given up when it is above the budget, so its peak is not known.
        const int64_t bytes = bytes_of(frames);
        return bytes > budget ? std::nullopt : std::optional(bytes);
      },
      budget);
  EXPECT_LE(found, expected);
  EXPECT_GE(found, expected - std::max<int64_t>(1, expected / 50));
  EXPECT_LE(runs, 14);
}

TEST(LongestVideo, IsFoundForMemoryThatGrowsByFrames) {
  for (const int64_t most : {1, 7, 8, 9, 26, 74, 1392, 2635}) {
    expect_found(most, (100 + 3 * most) * kMegabyte + 17,
                 [](int64_t frames) { return (100 + 3 * frames) * kMegabyte; });
  }
}

TEST(LongestVideo, IsFoundForMemoryThatGrowsBySquares) {
  for (const int64_t most : {5, 81, 700}) {
    expect_found(most, (50 + most * most) * kMegabyte,
                 [](int64_t frames) { return (50 + frames * frames) * kMegabyte; });
  }
}

TEST(LongestVideo, IsNoneIfOneFrameNeedsMore) {
  EXPECT_EQ(search_longest([](int64_t) { return std::optional<int64_t>(); }, kMegabyte), 0);
}

TEST(LongestVideo, EndsAtTheLongestThatIsTriedIfMemoryDoesNotGrow) {
  EXPECT_EQ(search_longest([](int64_t) { return std::optional(kMegabyte); }, kMegabyte),
            kLongestTried);
}

}  // namespace
}  // namespace clipwork::runs
