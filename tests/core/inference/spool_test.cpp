#include "inference/spool.h"

#include <clipwork/error.h>
#include <gtest/gtest.h>

#include <thread>

using namespace clipwork;

namespace {

/// A mask of this many runs, each of 1 pixel: one byte a run.
MaskRle checkers(uint32_t runs) { return {{1, runs}, std::vector<uint32_t>(runs, 1)}; }

}  // namespace

TEST(Spool, ReturnsEveryMaskAsItCame) {
  // Runs at the borders of one, two, ... bytes of seven bits, and an empty first run.
  const std::vector<MaskRle> masks = {
      {{1, 1}, {1}},
      {{10, 20}, {0, 127, 128, 16383, 16384, 1}},
      {{1 << 16, 1 << 15}, {(1U << 21) - 1, 1U << 21, (1U << 28) - 1, 1U << 28, UINT32_MAX}},
      {{5, 5}, {25}},
      {{3, 4}, {}}};
  for (int64_t budget : {0, 10, 1000}) {
    Spool spool(budget);
    std::vector<int64_t> handles;
    for (const MaskRle& mask : masks) handles.push_back(spool.put(mask));
    for (size_t i = masks.size(); i-- > 0;) {
      EXPECT_EQ(spool.get(handles[i]), masks[i]) << "mask " << i << ", budget " << budget;
    }
  }
}

TEST(Spool, KeepsMasksInMemoryUpToItsBudgetAndThenInAFile) {
  Spool spool(100);
  int64_t first = spool.put(checkers(60));
  EXPECT_EQ(spool.bytes_in_memory(), 60);
  EXPECT_EQ(spool.bytes_in_file(), 0);
  int64_t second = spool.put(checkers(41));
  EXPECT_EQ(spool.bytes_in_memory(), 60);
  EXPECT_EQ(spool.bytes_in_file(), 41);
  // A smaller one fits again, to the last byte.
  int64_t third = spool.put(checkers(40));
  EXPECT_EQ(spool.bytes_in_memory(), 100);
  EXPECT_EQ(spool.bytes_in_file(), 41);
  EXPECT_EQ(spool.get(first), checkers(60));
  EXPECT_EQ(spool.get(second), checkers(41));
  EXPECT_EQ(spool.get(third), checkers(40));
}

TEST(Spool, SaysWhatHelpsWhereItsFileCannotBeWritten) {
  setenv("TMPDIR", "/nowhere", 1);
  Spool spool(10);
  EXPECT_NO_THROW(spool.put(checkers(10)));
  try {
    spool.put(checkers(1));
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("masks"), std::string::npos);
    EXPECT_NE(error.advice().find("memory.masks_mb"), std::string::npos);
  }
  unsetenv("TMPDIR");
  // The mask that was lost took no handle.
  EXPECT_EQ(spool.put(checkers(2)), 1);
  EXPECT_EQ(spool.get(1), checkers(2));
}

TEST(Spool, IsReadWhileItGrows) {
  Spool spool(2000);
  const int64_t first = spool.put(checkers(100));
  std::thread reader([&] {
    for (int i = 0; i < 200; ++i) ASSERT_EQ(spool.get(first), checkers(100));
  });
  for (uint32_t i = 0; i < 200; ++i) ASSERT_EQ(spool.get(spool.put(checkers(i))), checkers(i));
  reader.join();
}
