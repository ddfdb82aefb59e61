#include "base/temporary_file.h"

#include <clipwork/error.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <limits>
#include <numeric>

#include "support.h"

using namespace clipwork;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

std::vector<uint8_t> bytes(int64_t count, uint8_t first) {
  std::vector<uint8_t> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

int64_t write(TemporaryFile& file, const std::vector<uint8_t>& values) {
  return file.write(values.data(), std::ssize(values));
}

std::vector<uint8_t> read(const TemporaryFile& file, int64_t offset, int64_t count) {
  std::vector<uint8_t> values(count);
  file.read(offset, values.data(), count);
  return values;
}

/// Lets TMPDIR name a folder for the time of a test.
class TemporaryFileTest : public testing::Test {
 protected:
  void SetUp() override { setenv("TMPDIR", scratch_.path().c_str(), 1); }
  void TearDown() override { unsetenv("TMPDIR"); }

  test::ScratchFolder scratch_;
  TemporaryFile file_{"masks", "raise memory.masks_mb"};
};

}  // namespace

TEST_F(TemporaryFileTest, ReturnsTheBytesOfEveryPlace) {
  int64_t first = write(file_, bytes(10, 0)), second = write(file_, bytes(300, 7));
  EXPECT_EQ(file_.size(), 310);
  EXPECT_EQ(read(file_, second, 300), bytes(300, 7));
  EXPECT_EQ(read(file_, first, 10), bytes(10, 0));
  EXPECT_EQ(read(file_, first + 4, 3), bytes(3, 4));
}

TEST_F(TemporaryFileTest, WritesAgainToReleasedPlacesOfTheSameSize) {
  int64_t first = write(file_, bytes(100, 0)), second = write(file_, bytes(100, 1));
  file_.release(first, 100);
  EXPECT_EQ(write(file_, bytes(50, 2)), 200);
  EXPECT_EQ(write(file_, bytes(100, 3)), first);
  EXPECT_EQ(write(file_, bytes(100, 4)), 250);
  EXPECT_EQ(read(file_, first, 100), bytes(100, 3));
  EXPECT_EQ(read(file_, second, 100), bytes(100, 1));
}

TEST_F(TemporaryFileTest, HasNoNameInItsFolder) {
  write(file_, bytes(10, 0));
  EXPECT_TRUE(fs::is_empty(scratch_.path()));
}

TEST_F(TemporaryFileTest, IsCreatedByTheFirstWrite) {
  setenv("TMPDIR", "/nowhere/at/all", 1);
  EXPECT_EQ(file_.size(), 0);
  EXPECT_THAT(
      test::error_of([&] { write(file_, bytes(1, 0)); }),
      testing::AllOf(HasSubstr("/nowhere/at/all"), HasSubstr("the temporary file for masks"),
                     HasSubstr("No such file"), HasSubstr("raise memory.masks_mb")));
}

TEST_F(TemporaryFileTest, KeepsItsPlacesWhereItCannotGrow) {
  int64_t first = write(file_, bytes(1000, 0));
  int64_t second = write(file_, bytes(1000, 1));
  file_.release(second, 1000);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1500, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  // The released place begins below the limit and ends beyond it.
  EXPECT_THAT(test::error_of([&] { write(file_, bytes(1000, 2)); }), HasSubstr("File too large"));
  EXPECT_THAT(test::error_of([&] { write(file_, bytes(600, 2)); }), HasSubstr("File too large"));
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(file_.size(), 2000);
  EXPECT_EQ(read(file_, first, 1000), bytes(1000, 0));
  EXPECT_EQ(write(file_, bytes(1000, 3)), second);
}

TEST_F(TemporaryFileTest, RefusesToReadBeyondItsEnd) {
  write(file_, bytes(10, 0));
  EXPECT_THROW(read(file_, 5, 10), Error);
}

TEST(TemporaryFolder, IsThatOfTheEnvironmentUnlessItIsEmpty) {
  setenv("TMPDIR", "/somewhere", 1);
  EXPECT_EQ(temporary_folder(), "/somewhere");
  EXPECT_EQ(free_temporary_bytes(), std::numeric_limits<int64_t>::max());
  setenv("TMPDIR", "", 1);
  EXPECT_THAT(temporary_folder(), testing::AnyOf("/var/tmp", "/tmp"));
  unsetenv("TMPDIR");
  EXPECT_THAT(temporary_folder(), testing::AnyOf("/var/tmp", "/tmp"));
  EXPECT_LT(free_temporary_bytes(), std::numeric_limits<int64_t>::max());
}
