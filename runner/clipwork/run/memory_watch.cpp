#include "run/memory_watch.h"

#include <chrono>
#include <fstream>
#include <limits>
#include <string>

namespace clipwork::runs {
namespace {

/// Anonymous memory of this process now, in bytes.
int64_t anonymous_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "RssAnon:") {
      int64_t kibibytes = 0;
      status >> kibibytes;
      return kibibytes * 1024;
    }
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

}  // namespace

MemoryWatch::MemoryWatch()
    : thread_([this] {
        constexpr std::chrono::milliseconds kPause(20);
        std::unique_lock lock(mutex_);
        while (!changed_.wait_for(lock, kPause, [this] { return ends_; })) look();
      }) {}

MemoryWatch::~MemoryWatch() {
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

int64_t MemoryWatch::peak_bytes() {
  look();
  return peak_;
}

void MemoryWatch::look() {
  const int64_t now = anonymous_bytes();
  int64_t before = peak_;
  while (before < now && !peak_.compare_exchange_weak(before, now)) {
  }
}

}  // namespace clipwork::runs
