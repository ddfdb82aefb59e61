#pragma once

#include <clipwork/source.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <thread>

#include "show/bounded_queue.h"

namespace clipwork::runs {

/// Reads a source ahead of its user, on a thread of its own.
class FrameReader {
 public:
  /// Gives no more than `most` frames, where that is not 0; ends early when `stop()` says so.
  FrameReader(std::shared_ptr<Source> source, int64_t most, std::function<bool()> stop);
  ~FrameReader();
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  /// The next frame, or nothing at the end. Throws what the source threw, when its frame's turn has
  /// come.
  std::optional<Frame> next();
  /// Time spent in the source so far.
  double seconds() const { return seconds_; }

 private:
  static constexpr size_t kAhead = 4;
  std::shared_ptr<Source> source_;
  int64_t most_;
  std::function<bool()> stop_;
  BoundedQueue<Frame> queue_{kAhead};
  std::exception_ptr failure_;  // written before the queue is closed, read after it was found empty
  std::atomic<double> seconds_ = 0;
  std::thread thread_;
  void read();
};

}  // namespace clipwork::runs
