#pragma once

#include <clipwork/host/tracks.h>
#include <clipwork/runs/drawing.h>

#include <deque>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "show/bounded_queue.h"

namespace clipwork::runs {

/// Draws frames as they settle, with the scores so far, on a thread of its own.
class LiveDrawing {
 public:
  LiveDrawing(Drawing& drawing, const ClassesSection& classes);
  ~LiveDrawing();
  LiveDrawing(const LiveDrawing&) = delete;
  LiveDrawing& operator=(const LiveDrawing&) = delete;

  /// Keeps a frame until it settles.
  void hold(const Frame& frame);
  /// Draws the frames that settled; waits while too many of them are undrawn. Throws what drawing
  /// threw.
  void add(std::vector<SettledFrame> settled);
  /// Draws the rest and ends the video, whose last frame is shown until `seconds`.
  void finish(double seconds);

 private:
  static constexpr size_t kUndrawn = 4;
  Drawing& drawing_;
  const ClassesSection& classes_;
  std::deque<Frame> held_;
  BoundedQueue<std::pair<Frame, SettledFrame>> queue_{kUndrawn};
  std::exception_ptr failure_;  // written before the queue is closed
  std::thread thread_;
  void draw();
  void end();
};

}  // namespace clipwork::runs
