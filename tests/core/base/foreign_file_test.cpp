// Files that are not what their name says.

#include "base/foreign_file.h"

#include <gtest/gtest.h>

#include <string>

using namespace clipwork;
using namespace std::string_literals;

namespace {

std::string kind_of(const std::string& bytes) {
  const std::optional<ForeignFile> file = recognise_foreign_file(bytes);
  return file ? std::string(file->kind) : "unknown";
}

/// ASCII text in units of `width` bytes.
std::string wide(const std::string& text, size_t width, bool big_endian) {
  std::string bytes;
  for (const char c : text) {
    std::string unit(width, '\0');
    unit[big_endian ? width - 1 : 0] = c;
    bytes += unit;
  }
  return bytes;
}

}  // namespace

TEST(ForeignFile, KindsAreRecognisedByTheirFirstBytes) {
  EXPECT_EQ(kind_of("version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 12345\n"),
            "a Git LFS pointer, which only names the file");
  EXPECT_EQ(kind_of("\x1f\x8b\x08\x08"), "compressed by gzip");
  EXPECT_EQ(kind_of("PK\x03\x04\x14"), "a zip archive");
  EXPECT_EQ(kind_of("PK\x05\x06"), "an empty zip archive");
  EXPECT_EQ(kind_of("\xfd"
                    "7zXZ\0\0"s),
            "compressed by xz");
  EXPECT_EQ(kind_of(std::string(257, 'x') + "ustar\0"s), "a tar archive");
  EXPECT_EQ(kind_of("\x80\x04\x95"), "a Python pickle");
  EXPECT_EQ(kind_of("{'videos': [{'id': 1}]}"), "a dictionary as Python prints it");
}

TEST(ForeignFile, PagesOfWebSitesAreHtmlHoweverTheyBegin) {
  for (const char* page :
       {"<!DOCTYPE html><html>", "\n  <HTML lang=en>", "\xEF\xBB\xBF<html>", "<!doctype HTML>"}) {
    EXPECT_EQ(kind_of(page), "an HTML page") << page;
  }
  EXPECT_EQ(kind_of("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"),
            "an XML document");
}

TEST(ForeignFile, WideTextIsRecognisedWithAndWithoutAMark) {
  for (const std::string& mark : {"\xff\xfe"s, "\xfe\xff"s, ""s}) {
    const bool big_endian = mark.starts_with('\xfe');
    EXPECT_EQ(kind_of(mark + wide("{\"a\": 1}", 2, big_endian)), "text in UTF-16");
  }
  for (const std::string& mark : {"\xff\xfe\0\0"s, "\0\0\xfe\xff"s, ""s}) {
    const bool big_endian = mark.starts_with('\0');
    EXPECT_EQ(kind_of(mark + wide("{\"a\": 1}", 4, big_endian)), "text in UTF-32");
  }
  EXPECT_EQ(kind_of(wide("[1]", 2, true)), "text in UTF-16");
}

TEST(ForeignFile, AFileWithoutContentIsNamed) {
  EXPECT_EQ(kind_of(std::string(1000, '\0')), "full of zero bytes");
  for (const char* text : {"", "\n", " \r\n\t", "\xEF\xBB\xBF"}) EXPECT_EQ(kind_of(text), "empty");
}

TEST(ForeignFile, JsonAndCheckpointsAreNotForeign) {
  for (const std::string& bytes :
       {"{\"a\": 1}"s, "\xEF\xBB\xBF[1]"s, "[]"s, " {}"s, "x"s, "{"s, "@\0\0\0\0\0\0\0{\"a\""s}) {
    EXPECT_EQ(kind_of(bytes), "unknown") << bytes;
  }
}
