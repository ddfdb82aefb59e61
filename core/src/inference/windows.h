#pragma once
// Computes where windows begin and end, and from when on a frame can no longer change.

#include <clipwork/host/sections.h>

#include <cstdint>
#include <optional>

namespace clipwork {

/// Frames [first, end) of a window, and how many of them the windows before and after share.
struct WindowSpan {
  int64_t index = 0;
  int64_t first = 0, end = 0;
  int head = 0, tail = 0;
  int64_t settled =
      0;  ///< frames before this one are settled already: in this window they are only context
  bool operator==(const WindowSpan&) const = default;
};

/// Exact window edges: starts 0, S, 2S, ... until a window reaches the last frame. A full window is
/// given as soon as it is full, as if another followed; the last one is cut short, or moved back to
/// full length (`last = "shift"`).
class WindowEdges {
 public:
  explicit WindowEdges(const WindowSection& section);
  /// One more frame is there. Gives the window that it fills, if it fills one.
  std::optional<WindowSpan> push();
  /// No frame follows. Gives the last window, unless one already reached the last frame.
  std::optional<WindowSpan> finish();
  /// Frames before this one cannot be changed by a later window.
  int64_t settled() const { return settled_; }
  /// Frames before this one are not part of any later window.
  int64_t needed_from() const { return needed_from_; }
  int64_t frames() const { return frames_; }

 private:
  std::optional<int64_t> length_;
  int64_t stride_;
  bool shift_;
  int64_t frames_ = 0, windows_ = 0, last_end_ = 0, settled_ = 0, needed_from_ = 0;
};

}  // namespace clipwork
