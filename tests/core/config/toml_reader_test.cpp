#include "config/toml_reader.h"

#include <gmock/gmock.h>

#include <cmath>

using namespace clipwork;
using testing::HasSubstr;

namespace {

Value parsed(const std::string& text) {
  Faults faults;
  std::optional<Value> value = parse_toml(text, "run.toml", faults);
  EXPECT_EQ(faults.text(), "");
  return value.value_or(Value());
}

std::string fault_of(const std::string& text) {
  Faults faults;
  parse_toml(text, "run.toml", faults);
  return faults.text();
}

std::string repeated(const std::string& part, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += part;
  return text;
}

}  // namespace

TEST(TomlReader, KeepsEveryKindOfValue) {
  Value value = parsed(
      "yes = true\nwhole = -7\nreal = 0.1\nendless = -inf\ntext = \"a\\u00e9\"\nlist = [1, 2.5]\n"
      "[table]\ninner.deep = 3\n");
  EXPECT_EQ(*value.find("yes")->boolean(), true);
  EXPECT_EQ(*value.find("whole")->integer(), -7);
  EXPECT_EQ(*value.find("real")->real(), 0.1);
  EXPECT_EQ(*value.find("endless")->real(), -INFINITY);
  EXPECT_EQ(*value.find("text")->text(), "a\u00e9");
  ASSERT_EQ(value.find("list")->array()->size(), 2U);
  EXPECT_EQ(*(*value.find("list")->array())[1].real(), 2.5);
  EXPECT_EQ(*value.find("table.inner.deep")->integer(), 3);
}

TEST(TomlReader, NotesWhereValuesAndKeysAre) {
  Value value = parsed("[model]\n  queries = 100\n");
  const Value::Member& member = *value.find("model")->member("queries");
  EXPECT_EQ(member.origin.text(), "run.toml:2:3");
  EXPECT_EQ(member.value.origin().text(), "run.toml:2:13");
}

TEST(TomlReader, KeepsTheOrderOfTheFile) {
  Value value = parsed("zebra = 1\napple = 2\n[middle]\nb = 1\na = 2\n");
  const Value::Table& members = *value.table_members();
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].key, "zebra");
  EXPECT_EQ(members[1].key, "apple");
  EXPECT_EQ(members[2].value.table_members()->front().key, "b");
}

TEST(TomlReader, ReportsSyntaxFaultsWithTheirPlace) {
  EXPECT_THAT(fault_of("a = 1\nb = = 2\n"),
              testing::AllOf(HasSubstr("run.toml:2:"), HasSubstr("not valid TOML")));
  EXPECT_THAT(fault_of("a = 1\na = 2\n"), HasSubstr("run.toml:2:"));
}

TEST(TomlReader, AdvisesQuotesForBareWords) {
  EXPECT_THAT(fault_of("device = cpu\n"), HasSubstr("quotes"));
}

TEST(TomlReader, RefusesDatesAndTimes) {
  for (const char* value : {"2026-01-02", "07:32:00", "2026-01-02T07:32:00Z"}) {
    EXPECT_THAT(fault_of(std::string("when = ") + value),
                HasSubstr("run.toml:1:8: dates and times"))
        << value;
  }
}

TEST(TomlReader, RefusesValuesThatAreNestedTooDeep) {
  EXPECT_EQ(fault_of("a = " + repeated("[", 30) + repeated("]", 30)), "");
  EXPECT_THAT(fault_of("a = " + repeated("[", 5000) + repeated("]", 5000)),
              HasSubstr("nested more than"));
}

TEST(TomlReader, RefusesKeysOfManyParts) {
  // A parser that makes a table of each part and frees them by recursion would overflow the stack.
  EXPECT_THAT(fault_of(repeated("a.", 1000000) + "a = 1"), HasSubstr("a key has more than"));
  EXPECT_THAT(fault_of("x = { " + repeated("a.", 200) + "a = 1 }"),
              HasSubstr("a key has more than"));
}

TEST(TomlReader, CountsNoDotsOfTextsNumbersAndComments) {
  const std::string dots = repeated(".", 500);
  EXPECT_EQ(fault_of("a = \"" + dots + "\"\nb = '" + dots + "'\n# " + dots + "\nc = 1\n"), "");
  EXPECT_EQ(
      fault_of("a = \"\"\"" + dots + "\n\\\"\"\" " + dots + "\"\"\"\"\nb = '''" + dots + "'''\n"),
      "");
  EXPECT_EQ(fault_of("a = [" + repeated("0.5, ", 500) + "0.5]\n"), "");
}
