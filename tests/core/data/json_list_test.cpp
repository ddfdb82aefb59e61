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
  EXPECT_THAT(refusal("\xEF\xBB\xBF[1]"), HasSubstr("is not valid JSON"));
  EXPECT_THAT(notes("\xEF\xBB\xBF[1]", JsonRules::lenient), ElementsAre("a list", " 1"));
}

TEST(JsonList, AFileThatCannotBeReadIsAnError) {
  EXPECT_THROW(open_file("/nowhere/x.json"), InputError);
}
