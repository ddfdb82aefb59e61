#pragma once
// The longest video that a method can process within a budget of memory (VITA, table 4).

#include <clipwork/frame.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/runs/scores.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace clipwork::runs {

/// Longer videos are not tried.
constexpr int64_t kLongestTried = 4096;

/// The largest number of frames, up to `kLongestTried`, for which `peak` returns at most `budget`
/// bytes, to within 2 percent; 0 if one frame needs more. `peak` is called with numbers of frames,
/// a few times, and returns none if it gave up above the budget.
int64_t search_longest(const std::function<std::optional<int64_t>(int64_t frames)>& peak,
                       int64_t budget);

/// Runs videos of growing length, `frames` over and over, and searches for the longest whose peak
/// is within `budget_mb` megabytes: of the process's memory that no file backs, or of what LibTorch
/// allocates on the GPU. Throws Error if `stop` says so.
LongestVideo longest_video(const Pipeline& pipeline, const std::vector<Frame>& frames,
                           int64_t budget_mb, const std::function<bool()>& stop);

}  // namespace clipwork::runs
