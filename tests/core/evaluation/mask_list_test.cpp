// Masks of a track, packed.

#include <clipwork/host/ground_truth.h>
#include <gtest/gtest.h>

#include "base/varint.h"

using namespace clipwork;

TEST(MaskList, GivesBackTheMasksThatWereAdded) {
  const MaskRle large{{70000, 60000}, {0, 127, 128, 4199999745}}, small{{2, 4}, {8}};
  MaskList list;
  list.add(large);
  list.add_absent();
  list.add(small);
  list.shrink();
  ASSERT_EQ(list.frames(), 3);
  MaskRle mask;
  EXPECT_TRUE(list.read(0, &mask));
  EXPECT_EQ(mask, large);
  EXPECT_FALSE(list.present(1));
  EXPECT_FALSE(list.read(1, &mask));
  EXPECT_TRUE(list.present(2)) << "without pixels, but there";
  EXPECT_TRUE(list.read(2, &mask));
  EXPECT_EQ(mask, small);
}

TEST(Varint, TakesSevenBitsAByte) {
  const uint64_t numbers[] = {0, 127, 128, 16383, 16384, 4294967295};
  const size_t bytes[] = {1, 1, 2, 2, 3, kVarintBytes};
  for (size_t i = 0; i < 6; ++i) {
    uint8_t packed[kVarintBytes];
    const uint8_t* end = put_varint(numbers[i], packed);
    EXPECT_EQ(static_cast<size_t>(end - packed), bytes[i]);
    const uint8_t* at = packed;
    EXPECT_EQ(take_varint(at), numbers[i]);
    EXPECT_EQ(at, end);
  }
}
