#include <clipwork/text.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

using namespace clipwork;

TEST(Text, JoinsPartsWithWhatIsBetweenThem) {
  EXPECT_EQ(join({}), "");
  EXPECT_EQ(join({"a"}), "a");
  EXPECT_EQ(join({"a", "", "c"}), "a, , c");
  EXPECT_EQ(join({"a", "b"}, "\n"), "a\nb");
  EXPECT_EQ(join(
                std::array{1, 2, 3}, [](int i) { return std::to_string(i * i); }, "-"),
            "1-4-9");
  EXPECT_EQ(join_or_nothing({"a", "b"}), "a, b");
  EXPECT_EQ(join_or_nothing({}), "nothing");
}

TEST(Text, IndentedLeavesTheFirstLineWhereItIs) {
  EXPECT_EQ(indented("a", "  "), "a");
  EXPECT_EQ(indented("a\nb\n\nc", "  "), "a\n  b\n  \n  c");
}

TEST(Text, FixedRoundsToDigitsAfterThePoint) {
  EXPECT_EQ(fixed(3.14159, 2), "3.14");
  EXPECT_EQ(fixed(2, 0), "2");
  EXPECT_EQ(fixed(0.5, 0), "0");  // to even, as printf
  EXPECT_EQ(fixed(-0.04, 1), "-0.0");
  EXPECT_EQ(fixed(1e22, 1), "10000000000000000000000.0");
  EXPECT_EQ(fixed(std::numeric_limits<double>::lowest(), 3).size(), 1 + 309 + 1 + 3);
  EXPECT_EQ(fixed(std::numeric_limits<double>::infinity(), 2), "inf");
}

TEST(Text, SignificantKeepsTheDigitsThatCount) {
  EXPECT_EQ(significant(0.000125, 3), "0.000125");
  EXPECT_EQ(significant(31.24, 3), "31.2");
  EXPECT_EQ(significant(40, 15), "40");
  EXPECT_EQ(significant(1e-7, 3), "1e-07");
  EXPECT_EQ(significant(1234567, 6), "1.23457e+06");
}

TEST(Text, PaddedHasZerosInFront) {
  EXPECT_EQ(padded(12, 6), "000012");
  EXPECT_EQ(padded(1234567, 6), "1234567");
  EXPECT_EQ(padded(-12, 6), "-00012");
}

TEST(Text, CountedHasThePluralOfAllNumbersButOne) {
  EXPECT_EQ(counted(0, "frame"), "0 frames");
  EXPECT_EQ(counted(1, "frame"), "1 frame");
  EXPECT_EQ(counted(2, "video"), "2 videos");
}

TEST(Text, HexDigitsAreTwoForEachByte) {
  EXPECT_EQ(hex_digits(std::array<uint8_t, 3>{0, 0x0f, 0xa9}), "000fa9");
  EXPECT_EQ(hex_digits({}), "");
}

TEST(Text, EscapedIsSafeInElementsAndAttributes) {
  EXPECT_EQ(escaped("a < b && \"c\" > 'd'"), "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
  EXPECT_EQ(escaped("l\303\244uft\n"), "l\303\244uft\n");
  EXPECT_EQ(escaped("\xe2\x80\xae<\x1b"), "\\u202e&lt;\\x1b");
}
