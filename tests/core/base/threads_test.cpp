#include "base/threads.h"

#include <clipwork/host/threads.h>
#include <clipwork/parallel.h>
#include <gtest/gtest.h>

#include "support.h"

using namespace clipwork;

namespace {

/// Files of /proc and /sys, of a machine whose processors 2n and 2n + 1 are one core.
class Cores : public testing::Test {
 protected:
  test::ScratchFolder machine;

  void SetUp() override {
    for (int i = 0; i < 8; ++i) {
      const int first = i / 2 * 2;
      machine.write(
          "sys/devices/system/cpu/cpu" + std::to_string(i) + "/topology/thread_siblings_list",
          std::to_string(first) + "-" + std::to_string(first + 1) + "\n");
    }
  }
  void mounts(const std::string& lines) { machine.write("proc/self/mountinfo", lines); }
  void groups(const std::string& lines) { machine.write("proc/self/cgroup", lines); }
  int of(const std::vector<int>& processors) const {
    return usable_cores(processors, machine.path());
  }
  int of_all() const { return of({0, 1, 2, 3, 4, 5, 6, 7}); }
};

constexpr const char* kUnified =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

}  // namespace

TEST_F(Cores, CountProcessorsOfOneCoreOnce) {
  EXPECT_EQ(of_all(), 4);
  EXPECT_EQ(of({0, 2, 4}), 3);
  EXPECT_EQ(of({6, 7}), 1);
}

TEST_F(Cores, CountProcessorsWhereTheirCoresAreUnknown) {
  EXPECT_EQ(of({100, 101, 102}), 3);
  EXPECT_EQ(of({}), 1);
}

TEST_F(Cores, AreLimitedByTheQuotaOfTheGroup) {
  mounts(kUnified);
  groups("0::/jobs/mine\n");
  machine.write("sys/fs/cgroup/jobs/mine/cpu.max", "max 100000\n");
  EXPECT_EQ(of_all(), 4);
  machine.write("sys/fs/cgroup/jobs/mine/cpu.max", "200000 100000\n");
  EXPECT_EQ(of_all(), 2);
  machine.write("sys/fs/cgroup/jobs/mine/cpu.max", "210000 100000\n");
  EXPECT_EQ(of_all(), 3) << "a started core counts";
  machine.write("sys/fs/cgroup/jobs/mine/cpu.max", "1000 100000\n");
  EXPECT_EQ(of_all(), 1);
  machine.write("sys/fs/cgroup/jobs/mine/cpu.max", "nonsense\n");
  EXPECT_EQ(of_all(), 4);
}

TEST_F(Cores, AreLimitedByTheQuotaOfAGroupAbove) {
  mounts(kUnified);
  groups("0::/jobs/mine\n");
  machine.write("sys/fs/cgroup/jobs/mine/cpu.max", "300000 100000\n");
  machine.write("sys/fs/cgroup/jobs/cpu.max", "100000 50000\n");
  EXPECT_EQ(of_all(), 2);
}

TEST_F(Cores, AreLimitedByTheQuotaOfVersion1) {
  mounts(
      "32 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
      "33 31 0:30 /docker/1f /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:11 - cgroup cgroup "
      "rw,cpu,cpuacct\n");
  groups("9:cpuset:/other\n8:cpu,cpuacct:/docker/1f\n");
  machine.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  machine.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(of_all(), 4);
  machine.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n");
  EXPECT_EQ(of_all(), 2);
}

TEST(AutomaticThreads, AreNeverMoreThanTheCores) {
  EXPECT_GE(usable_cores(), 1);
  set_threads_here(1000);
  ::unsetenv("OMP_NUM_THREADS");
  ::unsetenv("MKL_NUM_THREADS");
  EXPECT_EQ(automatic_threads(), usable_cores());
  ::setenv("OMP_NUM_THREADS", "1000", 1);
  EXPECT_EQ(automatic_threads(), 1000) << "the user's number counts";
  set_threads_here(1);
  ::unsetenv("OMP_NUM_THREADS");
  EXPECT_EQ(automatic_threads(), 1) << "a program's number is not raised";
}
