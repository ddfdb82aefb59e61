#include "run/part_source.h"

namespace clipwork::runs {

std::optional<Frame> PartSource::next() {
  while (std::optional<Frame> frame = source_->next()) {
    if (frame->seconds < part_.start) continue;
    if (part_.end && frame->seconds >= *part_.end) return {};
    if (in_part_++ % part_.every != 0) continue;
    if (next_index_ == 0) first_seconds_ = frame->seconds;
    frame->index = next_index_++;
    frame->seconds -= first_seconds_;
    return frame;
  }
  return {};
}

std::optional<int64_t> PartSource::count() const {
  const std::optional<int64_t> all = source_->count();
  if (!all || part_.start > 0 || part_.end) return {};
  return (*all + part_.every - 1) / part_.every;
}

}  // namespace clipwork::runs
