#include "run/longest_video.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <clipwork/error.h>
#include <clipwork/host/device.h>
#include <clipwork/host/log.h>
#include <clipwork/text.h>
#include <malloc.h>

#include <algorithm>

#include "run/memory_watch.h"

namespace clipwork::runs {
namespace {

/// Peak memory from its construction on: of the process, or of a GPU.
class PeakMemory {
 public:
  explicit PeakMemory(c10::Device device) : device_(device) {
    // Otherwise memory that an earlier run freed, but that the allocator keeps, counts again.
    if (device_.is_cpu()) {
      ::malloc_trim(0);
      process_.emplace();
    } else {
      c10::getDeviceAllocator(device_.type())->resetPeakStats(device_.index());
    }
  }
  int64_t bytes() {
    if (process_) return process_->peak_bytes();
    const auto stats = c10::getDeviceAllocator(device_.type())->getDeviceStats(device_.index());
    return stats.allocated_bytes[static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE)]
        .peak;
  }

 private:
  c10::Device device_;
  std::optional<MemoryWatch> process_;
};

/// The peak of a video of so many frames; none once it is above the budget.
std::optional<int64_t> peak_of(const Pipeline& pipeline, const std::vector<Frame>& frames,
                               int64_t count, int64_t budget, const std::function<bool()>& stop) {
  PeakMemory peak(parse_device(pipeline.run().device));
  VideoInfo info;
  info.name = cat("a video of ", counted(count, "frame"));
  info.frames = count;
  try {
    Stream stream = pipeline.open(info);
    for (int64_t t = 0; t < count; ++t) {
      if (stop()) throw Error("interrupted", info.name, {}, ExitCode::interrupted);
      Frame frame = frames[static_cast<size_t>(t) % frames.size()];
      frame.index = t;
      stream.push(frame);
      if (peak.bytes() > budget) return {};
    }
    stream.finish();
  } catch (const c10::OutOfMemoryError&) {
    return {};
  }
  return peak.bytes();
}

}  // namespace

int64_t search_longest(const std::function<std::optional<int64_t>(int64_t frames)>& peak,
                       int64_t budget) {
  struct Point {
    int64_t frames = 0, bytes = 0;
  };
  std::optional<Point> before, fits;  // the two longest that fit
  std::optional<int64_t> above;       // the shortest that does not
  int64_t next = 8;
  bool halve = false;
  while (true) {
    const std::optional<int64_t> bytes = peak(next);
    if (bytes && *bytes <= budget) {
      before = fits;
      fits = {next, *bytes};
    } else {
      above = next;
    }
    const int64_t low = fits ? fits->frames : 0, high = above.value_or(kLongestTried + 1);
    const int64_t near = std::max<int64_t>(1, low / 50);
    if (high - low <= near) return low;
    next = above ? low + (high - low) / 2 : 4 * low;
    // Memory grows by frames, which the last two points tell, or faster, which halving finds.
    if (!halve && before && fits->bytes > before->bytes) {
      const double slope = static_cast<double>(fits->bytes - before->bytes) /
                           static_cast<double>(fits->frames - before->frames);
      const double more = static_cast<double>(budget - fits->bytes) / slope;
      next = std::min(low + static_cast<int64_t>(std::min(more, 1e9)), high - near);
    }
    if (above) halve = !halve;
    next = std::clamp(next, low + 1, high - 1);
  }
}

LongestVideo longest_video(const Pipeline& pipeline, const std::vector<Frame>& frames,
                           int64_t budget_mb, const std::function<bool()>& stop) {
  const int64_t budget = budget_mb << 20;
  auto peak = [&](int64_t count) {
    const std::optional<int64_t> bytes = peak_of(pipeline, frames, count, budget, stop);
    log_info("a video of ", counted(count, "frame"), " needs ",
             bytes ? cat(*bytes >> 20, " MB") : cat("more than ", budget_mb, " MB"));
    return bytes;
  };
  return {search_longest(peak, budget), budget_mb};
}

}  // namespace clipwork::runs
