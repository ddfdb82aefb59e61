// Locks of jobs: one process at a time, and nobody waits for the dead.

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>

#include "runner/child.h"
#include "support.h"
#include "table/job_lock.h"

using namespace clipwork;
using table::JobLock;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

/// A lock of a process on another machine.
std::string foreign(const std::string& token) {
  return cat(
      "{\"host\":\"elsewhere\",\"process\":7,\"start\":1,\"machine\":\"another one\","
      "\"token\":\"",
      token, "\"}\n");
}

void make_old(const fs::path& file, std::chrono::minutes age) {
  fs::last_write_time(file, fs::last_write_time(file) - age);
}

}  // namespace

/// Only for a process of its own: takes the lock and waits to be killed.
TEST(Process, DISABLED_TakesTheLock) {
  const fs::path folder = test::environment_path("CLIPWORK_TEST_LOG");
  const std::optional<JobLock> lock = JobLock::take(folder);
  while (lock) ::pause();
}

TEST(JobLock, IsHeldByOneAndFreeAfterwards) {
  const test::ScratchFolder scratch;
  {
    const std::optional<JobLock> lock = JobLock::take(scratch.path());
    ASSERT_TRUE(lock);
    EXPECT_FALSE(JobLock::take(scratch.path()));
    EXPECT_THAT(JobLock::holder(scratch.path()), HasSubstr(cat("process ", ::getpid())));
  }
  EXPECT_EQ(JobLock::holder(scratch.path()), "");
  EXPECT_TRUE(JobLock::take(scratch.path()));
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(JobLock, OfADeadProcessOfThisMachineIsTakenAtOnce) {
  const test::ScratchFolder scratch;
  ::setenv("CLIPWORK_TEST_LOG", scratch.path().c_str(), 1);
  const pid_t child = test::start({"/proc/self/exe", "--gtest_also_run_disabled_tests",
                                   "--gtest_filter=Process.DISABLED_TakesTheLock"});
  const auto holder = [&] { return JobLock::holder(scratch.path()); };
  test::wait_until([&] { return holder().find(cat("process ", child)) != std::string::npos; });
  EXPECT_THAT(holder(), HasSubstr(cat("process ", child)));
  EXPECT_FALSE(JobLock::take(scratch.path()));
  // However old it is: its process lives.
  make_old(scratch.path() / "lock", std::chrono::minutes(60));
  EXPECT_FALSE(JobLock::take(scratch.path()));
  ::kill(child, SIGKILL);
  // Not yet waited for, it still has an entry in the list of processes.
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
  EXPECT_EQ(JobLock::holder(scratch.path()), "");
  EXPECT_TRUE(JobLock::take(scratch.path()));
  ::waitpid(child, nullptr, 0);
}

TEST(JobLock, OfAnotherMachineIsTakenTenMinutesAfterItWasRenewed) {
  const test::ScratchFolder scratch;
  const fs::path file = scratch.write("lock", foreign("1"));
  EXPECT_FALSE(JobLock::take(scratch.path()));
  EXPECT_EQ(JobLock::holder(scratch.path()), "elsewhere, process 7");
  make_old(file, std::chrono::minutes(9));
  EXPECT_FALSE(JobLock::take(scratch.path()));
  make_old(file, std::chrono::minutes(2));
  EXPECT_TRUE(JobLock::take(scratch.path()));
}

TEST(JobLock, OfSeveralThatFindItAbandonedOneTakesIt) {
  const test::ScratchFolder scratch;
  make_old(scratch.write("lock", foreign("1")), std::chrono::minutes(20));
  // Another process is about to replace it.
  const fs::path claim = scratch.write("lock.after.1", "");
  EXPECT_FALSE(JobLock::take(scratch.path()));
  // It died in between.
  make_old(claim, std::chrono::minutes(20));
  EXPECT_FALSE(JobLock::take(scratch.path()));
  EXPECT_TRUE(JobLock::take(scratch.path()));
}

TEST(JobLock, ThatWasTakenOverIsNotRenewedNorReleased) {
  const test::ScratchFolder scratch;
  {
    std::optional<JobLock> lock = JobLock::take(scratch.path());
    EXPECT_TRUE(lock->renew());
    scratch.write("lock", foreign("2"));
    EXPECT_FALSE(lock->renew());
  }
  EXPECT_EQ(JobLock::holder(scratch.path()), "elsewhere, process 7");
}

TEST(JobLock, ThatIsDamagedCountsAsForeign) {
  const test::ScratchFolder scratch;
  const fs::path file = scratch.write("lock", "");
  EXPECT_FALSE(JobLock::take(scratch.path()));
  make_old(file, std::chrono::minutes(11));
  EXPECT_TRUE(JobLock::take(scratch.path()));
}
