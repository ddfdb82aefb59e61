#include <clipwork/value.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace clipwork;

TEST(Value, IsFoundAndSetByADottedPath) {
  Value root = Value::table();
  root.set("model.decoder.queries", 50);
  root.set("model.decoder.queries", 100);
  ASSERT_NE(root.find("model.decoder.queries"), nullptr);
  EXPECT_EQ(*root.find("model.decoder.queries")->integer(), 100);
  EXPECT_EQ(root.find("model.tracker"), nullptr);
  EXPECT_EQ(root.find("model.decoder.queries.deeper"), nullptr);
  EXPECT_EQ(root.find("model")->table_members()->size(), 1u);
}

TEST(Value, PathThroughAPlainValueReplacesItByATable) {
  Value root = Value::table();
  root.set("model", "text");
  root.set("model.decoder", true);
  EXPECT_TRUE(*root.find("model.decoder")->boolean());
}

TEST(Value, ErasesAKeyAndLeavesTheOthers) {
  Value root = Value::table();
  root.set("a", 1);
  root.set("b", 2);
  root.erase("a");
  EXPECT_EQ(root.find("a"), nullptr);
  EXPECT_EQ(*root.find("b")->integer(), 2);
}

TEST(Value, OriginNamesFileLineAndColumnOrTheFileAlone) {
  EXPECT_EQ((Origin{"a.toml", 3, 7}.text()), "a.toml:3:7");
  EXPECT_EQ((Origin{"--set"}.text()), "--set");
}

TEST(Value, PrintsNumbersSoThatTheyReadBackAsTheSameKindAndBits) {
  EXPECT_EQ(Value(3).toml(), "3");
  EXPECT_EQ(Value(3.0).toml(), "3.0");
  EXPECT_EQ(Value(-0.0).toml(), "-0.0");
  EXPECT_EQ(Value(0.1).toml(), "0.1");
  EXPECT_EQ(Value(1e300).toml(), "1e+300");
  EXPECT_EQ(Value(-std::numeric_limits<double>::infinity()).toml(), "-inf");
  EXPECT_EQ(Value(std::nan("")).toml(), "nan");
  double third = 1.0 / 3;
  EXPECT_EQ(std::stod(Value(third).toml()), third);
}

TEST(Value, PrintsTextWithEscapesAndUnicodeAsItIs) {
  EXPECT_EQ(Value("say \"hi\"\\\n\t\x01 ü").toml(), R"("say \"hi\"\\\n\t\u0001 ü")");
}

TEST(Value, PrintsListsAndTablesOnOneLineAndQuotesKeysThatNeedIt) {
  Value table = Value::table();
  table.set("plain", Value(Value::Array{1, 2.5, "x"}));
  table.table_members()->push_back({"two words", Value::table(), {}});
  EXPECT_EQ(table.toml(), R"({ plain = [1, 2.5, "x"], "two words" = {} })");
  EXPECT_EQ(toml_key(""), "\"\"");
}

TEST(Value, EqualityIgnoresKeyOrderAndOriginsButNotKinds) {
  Value a = Value::table(), b = Value::table();
  a.set("x", Value(1, {"a.toml", 1, 1}));
  a.set("y", Value(Value::Array{1, 2}));
  b.set("y", Value(Value::Array{1, 2}));
  b.set("x", Value(1, {"b.toml", 9, 9}));
  EXPECT_EQ(a, b);
  b.set("z", 3);
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(b == a);
  b.erase("z");
  b.set("x", 1.0);
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(Value(0.0) == Value(-0.0));
  EXPECT_FALSE(Value("1") == Value(1));
  EXPECT_EQ(Value(std::nan("")), Value(std::nan("")));
}
