#include <clipwork/host/threads.h>
#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;
using testing::HasSubstr;
using testing::Not;

namespace {

/// The settings that the OpenMP runtime of a program reports when it starts, with the environment's
/// own wait policy removed and `variables` added.
std::string settings_of(const std::string& program, const std::string& variables = {}) {
  const test::ProgramResult result =
      test::run_program("env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose " +
                        variables + " " + program);
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("OPENMP DISPLAY ENVIRONMENT BEGIN"));
  return result.errors;
}

std::string built(const char* program) { return (test::build_dir() / "bin" / program).string(); }

constexpr const char* kOurs = "GOMP_SPINCOUNT = '1000'";

}  // namespace

TEST(OpenMpDefaults, ReachTheRuntimeOfEveryProgramBeforeItStarts) {
  for (const std::string& program :
       {built("clipwork") + " --version", built("clipwork-parity") + " --help",
        std::filesystem::read_symlink("/proc/self/exe").string() + " --gtest_list_tests"}) {
    EXPECT_THAT(settings_of(program), HasSubstr(kOurs)) << program;
  }
}

TEST(OpenMpDefaults, ReachTheRuntimeThatComesWithTheLibrary) {
  // The library stands before all others, and its program knows nothing of LibTorch.
  const auto library = test::build_dir() / "lib/libclipwork.so";
  EXPECT_THAT(settings_of("true", "LD_PRELOAD=" + library.string()), HasSubstr(kOurs));
}

TEST(OpenMpDefaults, LeaveTheUsersChoice) {
  const std::string version = built("clipwork") + " --version";
  EXPECT_THAT(settings_of(version, "GOMP_SPINCOUNT=77"), HasSubstr("GOMP_SPINCOUNT = '77'"));
  for (const char* policy : {"active", "passive"}) {
    EXPECT_THAT(settings_of(version, std::string("OMP_WAIT_POLICY=") + policy),
                Not(HasSubstr(kOurs)));
  }
}

TEST(OpenMpDefaults, TellWhetherTheyWereSet) {
  // This process was started by the test runner, which sets neither variable.
  const char* policy = std::getenv("OMP_WAIT_POLICY");
  EXPECT_EQ(chose_spin_count(), !policy && std::getenv("GOMP_SPINCOUNT") == std::string("1000"));
}
