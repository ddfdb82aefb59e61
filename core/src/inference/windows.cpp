#include "inference/windows.h"

#include <algorithm>

namespace clipwork {

WindowEdges::WindowEdges(const WindowSection& section)
    : length_(section.length),
      stride_(section.step()),
      shift_(section.last == WindowSection::Last::shift) {}

std::optional<WindowSpan> WindowEdges::push() {
  ++frames_;
  int64_t first = windows_ * stride_;
  if (!length_ || first + *length_ > frames_) return {};
  WindowSpan span{windows_, first, frames_, 0, static_cast<int>(*length_ - stride_), settled_};
  span.head = static_cast<int>(std::max<int64_t>(0, last_end_ - first));
  ++windows_;
  last_end_ = span.end;
  settled_ = windows_ * stride_;
  // A shifted last window can reach back behind the next start, to the frame after this window's
  // first.
  needed_from_ = shift_ ? first + 1 : settled_;
  return span;
}

std::optional<WindowSpan> WindowEdges::finish() {
  int64_t settled = settled_;
  settled_ = needed_from_ = frames_;
  if (last_end_ == frames_) return {};
  int64_t first = windows_ * stride_;
  if (shift_ && length_) first = std::max<int64_t>(0, frames_ - *length_);
  WindowSpan span{windows_, first, frames_, 0, 0, settled};
  span.head = static_cast<int>(std::max<int64_t>(0, last_end_ - first));
  ++windows_;
  last_end_ = frames_;
  return span;
}

}  // namespace clipwork
