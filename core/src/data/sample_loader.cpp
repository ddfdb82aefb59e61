#include <clipwork/error.h>
#include <clipwork/host/sample_loader.h>
#include <clipwork/parallel.h>
#include <clipwork/samples.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace clipwork {

Transform::~Transform() = default;
Samples::~Samples() = default;
std::vector<DatasetFault> Samples::faults() const { return {}; }

namespace {

/// A batch that is being made, or lies ready.
struct Slot {
  int64_t number = 0;
  std::vector<Sample> samples;
  std::vector<std::exception_ptr> failures;  ///< one a sample
  int64_t missing = 0;                       ///< samples that are not there yet
};

std::vector<Sample> taken(Slot& slot) {
  for (const std::exception_ptr& failure : slot.failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return std::move(slot.samples);
}

}  // namespace

struct SampleLoader::Implementation {
  Implementation(std::shared_ptr<const Samples> source, const Options& settings)
      : samples(std::move(source)), options(settings), upcoming(settings.first_batch) {
    size = samples->size();
    if (size < 1) throw InputError("there are no samples to train on", "data.train");
    if (options.batch < 1 || options.first_batch < 0 || options.workers < 0 || options.ahead < 1 ||
        options.rank < 0 || options.rank >= options.processes) {
      throw Error(
          "batch and ahead must be at least 1, and rank must be below the number of processes");
    }
    for (int64_t i = 0; i < options.workers; ++i) threads.emplace_back([this] { work(); });
  }

  ~Implementation() {
    {
      const std::lock_guard guard(lock);
      stopping = true;
    }
    room.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  std::vector<Sample> next() {
    const auto start = std::chrono::steady_clock::now();
    Slot slot;
    if (threads.empty()) {
      slot = started(upcoming++);
      while (slot.missing > 0) {
        make(slot, options.batch - slot.missing);
        --slot.missing;
      }
    } else {
      std::unique_lock guard(lock);
      ready.wait(guard, [this] { return !slots.empty() && slots.front().missing == 0; });
      slot = std::move(slots.front());
      slots.pop_front();
    }
    room.notify_all();
    waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return taken(slot);
  }

  double waited = 0;

 private:
  const std::shared_ptr<const Samples> samples;
  const Options options;
  int64_t size = 0;

  std::mutex lock;
  std::condition_variable ready, room;
  bool stopping = false;
  std::deque<Slot> slots;  ///< in order; elements never move while a worker fills them
  int64_t upcoming;        ///< the first batch that is in no slot yet
  int64_t place = 0;       ///< the sample of the last slot that a worker takes next

  std::mutex order_lock;
  int64_t ordered_epoch = -1;
  std::vector<int64_t> order;

  std::vector<std::thread> threads;

  Slot started(int64_t number) const {
    Slot slot;
    slot.number = number;
    slot.samples.resize(static_cast<size_t>(options.batch));
    slot.failures.resize(static_cast<size_t>(options.batch));
    slot.missing = options.batch;
    return slot;
  }

  /// The sample at this place of an epoch.
  int64_t at(int64_t epoch, int64_t in_epoch) {
    if (!options.shuffle) return in_epoch;
    const std::lock_guard guard(order_lock);
    if (ordered_epoch != epoch) {
      order = Draw(options.seed, "sampler", epoch, 0).permutation(size);
      ordered_epoch = epoch;
    }
    return order[static_cast<size_t>(in_epoch)];
  }

  void make(Slot& slot, int64_t entry) {
    const int64_t n = (slot.number * options.processes + options.rank) * options.batch + entry;
    const auto i = static_cast<size_t>(entry);
    try {
      const int64_t epoch = n / size, index = at(epoch, n % size);
      slot.samples[i] = samples->sample(index, Draw(options.seed, "sample", epoch, index));
    } catch (...) {
      slot.failures[i] = std::current_exception();
    }
  }

  void work() {
    // LibTorch counts its threads per thread: those of the models would be joined by as many.
    set_threads_here(1);
    std::unique_lock guard(lock);
    while (true) {
      room.wait(guard, [this] {
        return stopping || (!slots.empty() && place < options.batch) ||
               static_cast<int64_t>(slots.size()) < options.ahead;
      });
      if (stopping) return;
      if (slots.empty() || place == options.batch) {
        slots.push_back(started(upcoming++));
        place = 0;
      }
      Slot& slot = slots.back();
      const int64_t entry = place++;
      guard.unlock();
      make(slot, entry);
      guard.lock();
      if (--slot.missing == 0) ready.notify_all();
    }
  }
};

SampleLoader::SampleLoader(std::shared_ptr<const Samples> samples, const Options& options)
    : implementation_(std::make_unique<Implementation>(std::move(samples), options)) {}
SampleLoader::~SampleLoader() = default;
std::vector<Sample> SampleLoader::next() { return implementation_->next(); }
double SampleLoader::waited_seconds() const { return implementation_->waited; }

}  // namespace clipwork
