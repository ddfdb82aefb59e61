#include <ATen/Parallel.h>
#include <clipwork/parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace clipwork;

class Parallel : public ::testing::Test {
 protected:
  void SetUp() override { at::set_num_threads(2); }
  void TearDown() override { at::set_num_threads(1); }
};

TEST_F(Parallel, CoversARangeOnceOnTwoThreads) {
  std::vector<std::atomic<int>> visits(1000);
  std::mutex lock;
  std::set<std::thread::id> threads;
  parallel_for(0, 1000, 10, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) ++visits[i];
    std::lock_guard guard(lock);
    threads.insert(std::this_thread::get_id());
  });
  for (auto& count : visits) ASSERT_EQ(count, 1);
  EXPECT_EQ(threads.size(), 2u);
}

TEST_F(Parallel, KeepsAShortRangeOnTheCallingThread) {
  parallel_for(0, 10, 10, [caller = std::this_thread::get_id()](int64_t first, int64_t last) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(last - first, 10);
  });
  parallel_for(5, 5, 1, [](int64_t, int64_t) { ADD_FAILURE() << "an empty range has no piece"; });
}

TEST_F(Parallel, ThrowsWhatAPieceThrew) {
  EXPECT_THROW(parallel_for(0, 1000, 10,
                            [](int64_t, int64_t last) {
                              if (last == 1000) throw std::runtime_error("the last piece");
                            }),
               std::runtime_error);
}
