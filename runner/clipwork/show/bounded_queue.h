#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace clipwork::runs {

/// Hands things from one thread to another; the giver waits while `room` of them lie in between.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t room) : room_(room) {}

  /// False where the queue was closed meanwhile.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || values_.size() < room_; });
    if (closed_) return false;
    values_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }

  /// Nothing once the queue is closed and empty, or as soon as `stop()` says so.
  template <class Stop>
  std::optional<T> pop(Stop stop) {
    std::unique_lock lock(mutex_);
    // A signal cannot wake a condition: it is looked after ten times a second.
    while (values_.empty() && !closed_ && !stop()) {
      changed_.wait_for(lock, std::chrono::milliseconds(100));
    }
    if (values_.empty() || stop()) return {};
    T value = std::move(values_.front());
    values_.pop_front();
    changed_.notify_all();
    return value;
  }

  /// No more is taken in; what is there can still be taken out.
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const size_t room_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
  bool closed_ = false;
};

}  // namespace clipwork::runs
