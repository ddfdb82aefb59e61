#include <clipwork/printable.h>
#include <gtest/gtest.h>

using namespace clipwork;

TEST(Printable, WritesOutWhatATerminalWouldActOn) {
  EXPECT_EQ(printable("plain, l\303\244uft \xe6\x97\xa5\n\tx"),
            "plain, l\303\244uft \xe6\x97\xa5\n\tx");
  EXPECT_EQ(printable("\x1b]0;title\x07\x1b[31m\r\x7f"), "\\x1b]0;title\\x07\\x1b[31m\\x0d\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");  // CSI as one character of C1
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "x"),
            "\\u202ex");  // right-to-left override
  EXPECT_EQ(printable("\xe2\x81\xa6\xe2\x80\xa8"), "\\u2066\\u2028");
  EXPECT_EQ(printable("\xff\xc3(\xe6\x97"), "\\xff\\xc3(\\xe6\\x97");  // not UTF-8
  EXPECT_EQ(printable("\xc0\x9b\xed\xa0\x80"),
            "\\xc0\\x9b\\xed\\xa0\\x80");  // overlong, a surrogate
}

TEST(Printable, JsonStaysJson) {
  EXPECT_EQ(printable_json("{\"a\": \"\x7f\xc2\x9b\xe2\x80\xae\xff\303\244\"}"),
            "{\"a\": \"\\u007f\\u009b\\u202e\\ufffd\303\244\"}");
}

TEST(Printable, Utf8LengthIsThatOfTheFirstCharacter) {
  EXPECT_EQ(utf8_length(""), 0u);
  EXPECT_EQ(utf8_length("ab"), 1u);
  EXPECT_EQ(utf8_length("\303\244b"), 2u);
  EXPECT_EQ(utf8_length("\xf0\x9f\x98\x80"), 4u);
  EXPECT_EQ(utf8_length("\x9b"), 0u);
  EXPECT_EQ(utf8_length("\xe6\x97"), 0u);
  EXPECT_EQ(utf8_length("\xf4\x90\x80\x80"), 0u);
}

TEST(Printable, ShortenedLosesItsMiddle) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened(std::string(50, 'a') + std::string(50, 'b'), 11), "aaa ... bbb");
  const std::string cut = shortened("\303\244\303\244\303\244\303\244\303\244\303\244", 11);
  EXPECT_EQ(cut, "\303\244 ... \303\244");
}
