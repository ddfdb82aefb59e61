#include <clipwork/text.h>
#include <gtest/gtest.h>

using namespace clipwork;

TEST(Join, PutsTheSeparatorBetweenPartsAlone) {
  EXPECT_EQ(join({"one", "two", "three"}), "one, two, three");
  EXPECT_EQ(join({"one", "two"}, "\n"), "one\ntwo");
  EXPECT_EQ(join({"one"}), "one");
  EXPECT_EQ(join({}), "");
}

TEST(Join, KeepsEmptyParts) { EXPECT_EQ(join({"", "two", ""}, "/"), "/two/"); }
