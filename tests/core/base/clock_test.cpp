#include <clipwork/host/clock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

using namespace clipwork;

TEST(Clock, WallTimePassesWhileTheProcessSleeps) {
  const double wall = wall_seconds(), cpu = user_cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_GE(wall_seconds() - wall, 0.05);
  EXPECT_LT(user_cpu_seconds() - cpu, 0.05);
}

TEST(Clock, UserTimeCountsTheWorkOfOtherThreads) {
  const double start = user_cpu_seconds();
  std::thread([start] {
    while (user_cpu_seconds() - start < 0.02) {
    }
  }).join();
  EXPECT_GE(user_cpu_seconds() - start, 0.02);
}
