// JSON files, entry by entry.

#include "data/json_list.h"

#include <clipwork/error.h>
#include <gmock/gmock.h>

#include <limits>

#include "json_entry.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// Notes everything that is handed over.
class Notes : public JsonLists {
 public:
  std::vector<std::string> all;
  void root(JsonValue::Kind kind) override { all.push_back(described(kind)); }
  bool wants(std::string_view key) override { return key != "ignored"; }
  void member(std::string_view key, JsonValue::Kind kind) override {
    all.push_back(cat(key, ": ", described(kind)));
  }
  void entry(std::string_view key, const JsonValue& value) override {
    all.push_back(cat(key, " ", text(value)));
  }

 private:
  static std::string text(const JsonValue& value) {
    if (!value.is(JsonValue::Kind::array)) return value.described();
    std::string all = "[";
    value.entries([&](const JsonValue& one) { all += text(one) + ";"; });
    return all + "]";
  }
};

std::vector<std::string> notes(const std::string& json, JsonRules rules = JsonRules::python) {
  Text source(json);
  Notes notes;
  read_json(source, notes, rules);
  return notes.all;
}

std::string refusal(const std::string& json, JsonRules rules = JsonRules::python) {
  try {
    notes(json, rules);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST(JsonList, HandsOverTheEntriesOfTheListsThatAreWanted) {
  EXPECT_THAT(notes(R"({"a": [1, "x", [2, [3]]], "ignored": [[4]], "b": null, "c": {"a": [5]}})"),
              ElementsAre("an object", "a: a list", "a 1", "a 'x'", "a [2;[3;];]", "b: null",
                          "c: an object"));
  EXPECT_THAT(notes("[true, 0.5]"), ElementsAre("a list", " a boolean", " 0.5"));
  EXPECT_THAT(notes("7"), ElementsAre("a number"));
}

TEST(JsonList, FindsTheLastOfRepeatedMembers) {
  look_at(R"({"a": 1, "b": {"a": 2}, "a": 3})", [](const JsonValue& value) {
    EXPECT_EQ(value.count(), 3u);
    EXPECT_EQ(value.find("a")->integer(), 3);
    EXPECT_EQ(value.find("b")->find("a")->integer(), 2);
    EXPECT_FALSE(value.find("c"));
  });
}

TEST(JsonList, ReadsNumbersExactly) {
  look_at("[9223372036854775807, 9223372036854775808, 0.30000000000000004, -Infinity]",
          [](const JsonValue& value) {
            std::vector<double> numbers;
            value.entries([&](const JsonValue& one) { numbers.push_back(one.number()); });
            EXPECT_EQ(numbers[1], 9223372036854775808.0);
            EXPECT_EQ(numbers[2], 0.30000000000000004);
            EXPECT_EQ(numbers[3], -std::numeric_limits<double>::infinity());
          });
}

TEST(JsonList, ReadsSmallNumbersAndZerosHoweverLongTheyAre) {
  const std::string zeros(348, '0');
  look_at("[0." + zeros + "1, 0." + zeros + ", 0e308, 0e-300, 0." + std::string(25, '0') + ", -0." +
              zeros + "1e300, 1e-99999999999, 123.0e-2]",
          [](const JsonValue& value) {
            std::vector<double> numbers;
            value.entries([&](const JsonValue& one) { numbers.push_back(one.number()); });
            EXPECT_THAT(numbers, ElementsAre(0, 0, 0, 0, 0, -1e-49, 0, 1.23));
          });
  // Also where nobody reads them.
  EXPECT_EQ(refusal(R"({"ignored": 0.)" + zeros + "1}"), "accepted");
}

TEST(JsonList, NumbersThatNoDoubleHoldsAreRefused) {
  for (const char* number : {"1e400", "-1e309", "100e307"}) {
    EXPECT_THAT(refusal(cat("[", number, "]")), HasSubstr("a number is too large for a double"));
  }
  EXPECT_THAT(refusal("[" + std::string(400, '9') + "]"), HasSubstr("too large"));
}

TEST(JsonList, NumbersMayHaveUpTo65536CharactersWhereverTheBufferEnds) {
  const std::string third = "0." + std::string(65'534, '3');
  for (const size_t before : {0u, 1u, 65'534u, 65'535u, 65'536u, 131'000u}) {
    const std::string text = "\"" + std::string(before, 'e') + "\", " + third + ", 1.5";
    double read = 0, last = 0;
    look_at("[" + text + "]", [&](const JsonValue& value) {
      value.entries([&](const JsonValue& one) {
        read = last;
        last = one.is_number() ? one.number() : 0;
      });
    });
    EXPECT_EQ(read, 1.0 / 3) << before;
    EXPECT_EQ(last, 1.5) << before;
    EXPECT_THAT(refusal("[\"" + std::string(before, 'e') + "\", " + third + "3]"),
                HasSubstr("a number has more than 65536 characters"))
        << before;
  }
}

TEST(JsonList, NamesThePlaceOfAnError) {
  EXPECT_THAT(refusal(""), HasSubstr("is not valid JSON at byte 1"));
  EXPECT_THAT(refusal("[] []"), HasSubstr("is not valid JSON at byte 4"));
  EXPECT_THAT(refusal(std::string("[]\0x", 4)), HasSubstr("unexpected data after the end"));
}

TEST(JsonList, TakesMoreWhereTheRulesAreLenient) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  const std::string nested = R"({"ignored": )" + deep + "}";
  EXPECT_THAT(refusal(nested), HasSubstr("nested more than 500 levels deep"));
  EXPECT_EQ(refusal(nested, JsonRules::lenient), "accepted");
  EXPECT_THAT(refusal("[\"\xff\"]"), HasSubstr("is not valid JSON"));
  EXPECT_EQ(refusal("[\"\xff\"]", JsonRules::lenient), "accepted");
}

TEST(JsonList, AByteOrderMarkIsSkipped) {
  for (const JsonRules rules : {JsonRules::python, JsonRules::lenient}) {
    EXPECT_THAT(notes("\xEF\xBB\xBF[1]", rules), ElementsAre("a list", " 1"));
    EXPECT_THAT(refusal("\xEF\xBB\xBF[1}", rules), HasSubstr("is not valid JSON at byte 6: "));
  }
}

TEST(JsonList, AFileThatIsSomethingElseIsNamedWithWhatToDo) {
  EXPECT_EQ(
      refusal("<!DOCTYPE html><html><head></head></html>"),
      "is not valid JSON at byte 1: the file is an HTML page; the download gave a page of the "
      "web site, such as a login or a warning; open the link in a browser and download the "
      "file there");
  EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:46\nsize 12\n"),
              testing::AllOf(HasSubstr("a Git LFS pointer"), HasSubstr("`git lfs pull`")));
  EXPECT_THAT(refusal("\x1f\x8b\x08\x08"),
              testing::AllOf(HasSubstr("compressed by gzip"), HasSubstr("gunzip")));
  EXPECT_THAT(refusal(std::string("{\0\"\0a\0", 6)),
              testing::AllOf(HasSubstr("text in UTF-16"), HasSubstr("save it as UTF-8")));
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty; copy or download it again"));
  EXPECT_THAT(refusal("{'videos': []}"), HasSubstr("a dictionary as Python prints it"));
}

TEST(JsonList, ACutFileAndSeveralValuesAreNamed) {
  EXPECT_THAT(refusal(R"({"a": [1, 2)"), HasSubstr("the file ends in the middle of a value; it is "
                                                   "incomplete"));
  EXPECT_THAT(refusal(R"({"a": "x)"), HasSubstr("ends in the middle"));
  EXPECT_THAT(refusal("[1]\n[2]\n"), HasSubstr("unexpected data after the end; a file contains one "
                                               "value; put several into one list"));
  EXPECT_THAT(refusal("[1}"), testing::Not(HasSubstr("ends in the middle")));
}

TEST(JsonList, AFileThatCannotBeReadIsAnError) {
  EXPECT_THROW(open_file("/nowhere/x.json"), InputError);
}
