#pragma once
// Runs kernels on the CPU thread by thread, for tests without a GPU: a .cu file is compiled as C++
// with this header before it. Each thread of a block is a fiber, which waits for others at warp
// functions and barriers. It is slow and exact; of races it shows only missing barriers.

#include <cuda_runtime.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

// NOLINTBEGIN: names of CUDA
#undef __launch_bounds__
#define __launch_bounds__(...)
#undef __forceinline__
#define __forceinline__ inline
#define threadIdx (::clipwork::gpu::emulation::thread_index)
#define blockIdx (::clipwork::gpu::emulation::block_index)
#undef __shared__
#define __shared__ static
#define blockDim (::clipwork::gpu::emulation::block_size)
#define gridDim (::clipwork::gpu::emulation::grid_size)
// NOLINTEND

#define CLIPWORK_DYNAMIC_SHARED(type, name) \
  type* name = reinterpret_cast<type*>(::clipwork::gpu::emulation::shared_memory())

namespace clipwork::gpu::emulation {

inline uint3 thread_index, block_index;
inline dim3 block_size, grid_size;

/// The threads of one block.
class Block {
 public:
  static constexpr int kLanes = 32;

  Block(unsigned threads, size_t shared)
      : threads_(threads), warps_(threads / kLanes), shared_(shared / sizeof(uint64_t) + 1) {
    if (threads % kLanes != 0) throw std::runtime_error("expected a block of whole warps");
  }

  /// Runs `body` in all threads.
  void run(const std::function<void()>& body) {
    body_ = &body;
    // Shared memory begins with anything.
    std::fill(shared_.begin(), shared_.end(), 0x7B7B7B7B7B7B7B7BU);
    all_ = {static_cast<int>(threads_.size())};
    for (Warp& warp : warps_) warp.meeting = {kLanes};
    for (Thread& thread : threads_) {
      thread.done = false;
      getcontext(&thread.context);
      thread.context.uc_stack.ss_sp = thread.stack.get();
      thread.context.uc_stack.ss_size = kStack;
      thread.context.uc_link = nullptr;
      makecontext(&thread.context, &Block::start, 0);
    }
    current_ = this;
    while (all_.live > 0) {
      const int64_t before = progress_;
      // Each warp runs as far as it can before the next one, so that a missing barrier shows.
      for (size_t warp = 0; warp < warps_.size(); ++warp) run_warp(warp);
      if (progress_ == before) throw std::runtime_error("threads wait for each other");
    }
  }

  /// The value of lane source(own lane), as all lanes of the warp pass theirs.
  template <class T>
  T exchange(T value, const std::function<int(int)>& source) {
    static_assert(sizeof(T) <= sizeof(uint64_t));
    std::memcpy(&own_warp().slots[lane()], &value, sizeof(T));
    meet_warp();
    T received;
    std::memcpy(&received, &own_warp().slots[source(lane())], sizeof(T));
    meet_warp();
    return received;
  }
  /// The values of all lanes of the warp.
  std::array<uint64_t, kLanes> gather(uint64_t value) {
    own_warp().slots[lane()] = value;
    meet_warp();
    const std::array<uint64_t, kLanes> values = own_warp().slots;
    meet_warp();
    return values;
  }
  void meet_warp() { meet(own_warp().meeting); }
  void meet_block() { meet(all_); }
  void* shared() { return shared_.data(); }

  inline static Block* current_ = nullptr;

 private:
  static constexpr size_t kStack = size_t{64} << 10;
  struct Meeting {
    int live = 0, waiting = 0;
    int64_t generation = 0;
  };
  struct Warp {
    Meeting meeting;
    std::array<uint64_t, kLanes> slots{};
  };
  struct Thread {
    ucontext_t context{};
    std::unique_ptr<char[]> stack{new char[kStack]};
    bool done = false;
  };

  void run_warp(size_t warp) {
    for (int64_t before = -1; before != progress_;) {
      before = progress_;
      for (size_t i = warp * kLanes; i < (warp + 1) * kLanes; ++i) {
        if (threads_[i].done) continue;
        running_ = i;
        thread_index = {static_cast<unsigned>(i), 0, 0};
        swapcontext(&scheduler_, &threads_[i].context);
      }
    }
  }

  static void start() {
    Block& block = *current_;
    (*block.body_)();
    block.threads_[block.running_].done = true;
    ++block.progress_;
    block.depart(block.own_warp().meeting);
    block.depart(block.all_);
    block.leave();
  }

  void leave() { swapcontext(&threads_[running_].context, &scheduler_); }
  void depart(Meeting& meeting) {
    --meeting.live;
    if (meeting.waiting > 0 && meeting.waiting == meeting.live) release(meeting);
  }
  void release(Meeting& meeting) {
    meeting.waiting = 0;
    ++meeting.generation;
    ++progress_;
  }
  void meet(Meeting& meeting) {
    const int64_t generation = meeting.generation;
    if (++meeting.waiting == meeting.live) return release(meeting);
    while (meeting.generation == generation) leave();
  }
  int lane() const { return static_cast<int>(running_ % kLanes); }
  Warp& own_warp() { return warps_[running_ / kLanes]; }

  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::vector<uint64_t> shared_;
  Meeting all_;
  const std::function<void()>* body_ = nullptr;
  ucontext_t scheduler_{};
  size_t running_ = 0;
  int64_t progress_ = 0;
};

inline Block& block() { return *Block::current_; }
inline void* shared_memory() { return block().shared(); }

}  // namespace clipwork::gpu::emulation

namespace clipwork::gpu {

template <class... Parameters>
int launch(void (*kernel)(Parameters...), dim3 grid, unsigned threads, size_t shared, void*,
           Parameters... arguments) {
  emulation::Block block(threads, shared);
  emulation::block_size = {threads, 1, 1};
  emulation::grid_size = grid;
  for (unsigned y = 0; y < grid.y; ++y) {
    for (unsigned x = 0; x < grid.x; ++x) {
      emulation::block_index = {x, y, 0};
      block.run([&] { kernel(arguments...); });
    }
  }
  return 0;
}

}  // namespace clipwork::gpu

// NOLINTBEGIN: names of CUDA
inline void __syncthreads() { clipwork::gpu::emulation::block().meet_block(); }
inline void __syncwarp() { clipwork::gpu::emulation::block().meet_warp(); }
template <class T>
T __shfl_sync(unsigned, T value, int from, int width) {
  return clipwork::gpu::emulation::block().exchange<T>(
      value, [=](int lane) { return lane / width * width + from % width; });
}
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask, int) {
  return clipwork::gpu::emulation::block().exchange<T>(value,
                                                       [=](int lane) { return lane ^ mask; });
}
template <class T>
T __shfl_up_sync(unsigned, T value, int step) {
  return clipwork::gpu::emulation::block().exchange<T>(
      value, [=](int lane) { return lane >= step ? lane - step : lane; });
}
inline unsigned __ballot_sync(unsigned, bool on) {
  unsigned bits = 0, bit = 1;
  for (uint64_t of_lane : clipwork::gpu::emulation::block().gather(on ? 1 : 0)) {
    if (of_lane != 0) bits |= bit;
    bit <<= 1;
  }
  return bits;
}
inline bool __any_sync(unsigned mask, bool on) { return __ballot_sync(mask, on) != 0; }
inline unsigned __reduce_add_sync(unsigned, unsigned value) {
  uint64_t sum = 0;
  for (uint64_t of_lane : clipwork::gpu::emulation::block().gather(value)) sum += of_lane;
  return static_cast<unsigned>(sum);
}
template <class T>
T atomicAdd(T* to, T value) {
  const T before = *to;
  *to += value;
  return before;
}
using std::min;
// NOLINTEND
