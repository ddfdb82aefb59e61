#include "training/pulse.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace clipwork {
namespace {

constexpr std::chrono::milliseconds kPulse(500), kListen(3000), kFarewell(1000);

}  // namespace

/// State shared by the thread and its owner. A thread that is blocked outlives the owner.
struct Pulse::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false, ended = false;
  std::atomic<bool> listening = false;
  int rounds = 0;              ///< in which everybody was listened to
  std::vector<int64_t> heard;  ///< counts of the last round
  std::vector<bool> alive;     ///< whose count grew since the first round

  void listen(const std::vector<int64_t>& counts) {
    std::lock_guard lock(mutex);
    alive.resize(counts.size(), false);
    for (size_t rank = 0; rank < counts.size() && rounds > 0; ++rank) {
      if (counts[rank] != heard[rank]) alive[rank] = true;
    }
    heard = counts;
    ++rounds;
  }
};

Pulse::Pulse(int rank, int size, Count count) : shared_(std::make_shared<Shared>()) {
  std::thread([shared = shared_, rank, size, count = std::move(count)] {
    try {
      for (;;) {
        {
          std::unique_lock lock(shared->mutex);
          if (shared->changed.wait_for(lock, kPulse, [&] { return shared->stop; })) break;
        }
        count(rank, 1);
        if (!shared->listening) continue;
        std::vector<int64_t> counts;
        for (int other = 0; other < size; ++other) counts.push_back(count(other, 0));
        shared->listen(counts);
      }
    } catch (const std::exception&) {
      // Reported by the next call that works with the other processes.
    }
    std::lock_guard lock(shared->mutex);
    shared->ended = true;
    shared->changed.notify_all();
  }).detach();
}

Pulse::~Pulse() {
  std::unique_lock lock(shared_->mutex);
  shared_->stop = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, kFarewell, [&] { return shared_->ended; });
}

std::optional<std::vector<int>> Pulse::silent() {
  shared_->listening = true;
  std::this_thread::sleep_for(kListen);
  std::lock_guard lock(shared_->mutex);
  if (shared_->ended || shared_->rounds < 2) return {};
  std::vector<int> ranks;
  for (size_t rank = 0; rank < shared_->alive.size(); ++rank) {
    if (!shared_->alive[rank]) ranks.push_back(static_cast<int>(rank));
  }
  return ranks;
}

}  // namespace clipwork
