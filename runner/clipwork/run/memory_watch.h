#pragma once
// Measures the memory that a run took.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace clipwork::runs {

/// The process's memory that no file backs, as it was at most while this object lives: looked at
/// fifty times a second, because Linux keeps no record of it.
class MemoryWatch {
 public:
  MemoryWatch();
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;
  /// At most since the object was made, in bytes.
  int64_t peak_bytes();

 private:
  void look();
  std::atomic<int64_t> peak_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace clipwork::runs
