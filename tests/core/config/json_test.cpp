#include <clipwork/host/json.h>
#include <gtest/gtest.h>

#include <limits>

using namespace clipwork;

TEST(JsonWriter, WritesALineForEachMember) {
  JsonWriter json;
  json.begin_object();
  json.member("name", "a \"b\"\n");
  json.begin_array("frames");
  json.value(1);
  json.value(uint64_t{2});
  json.end_array();
  json.member("words", std::vector<std::string>{"x", "y"});
  json.begin_object("nothing");
  json.end_object();
  json.end_object();
  EXPECT_EQ(json.take(),
            "{\n  \"name\": \"a \\\"b\\\"\\n\",\n  \"frames\": [\n    1,\n    2\n  ],\n"
            "  \"words\": [\n    \"x\",\n    \"y\"\n  ],\n  \"nothing\": {}\n}");
}

TEST(JsonWriter, WritesOneLineWithoutSpaces) {
  JsonWriter json(JsonWriter::Form::line);
  json.begin_object();
  json.member("score", 0.1);
  json.member("whole", 3.0);
  json.member("crowd", true);
  json.member("none", std::numeric_limits<double>::quiet_NaN());
  json.end_object();
  EXPECT_EQ(json.take(), R"({"score":0.1,"whole":3.0,"crowd":true,"none":null})");
}

TEST(JsonWriter, TakesOutWhatWasWrittenInBetween) {
  JsonWriter json(JsonWriter::Form::line);
  json.begin_array();
  json.value("a");
  EXPECT_EQ(json.take(), "[\"a\"");
  json.value("b");
  json.end_array();
  EXPECT_EQ(json.take(), ",\"b\"]");
}

TEST(JsonWriter, WritesConfigValues) {
  Value table = Value::table();
  table.set("a.b", Value::Array{1, 2.5, "text", std::numeric_limits<double>::infinity()});
  table.set("none", Value());
  JsonWriter json(JsonWriter::Form::line);
  json.value(table);
  EXPECT_EQ(json.take(), R"({"a":{"b":[1,2.5,"text","inf"]},"none":null})");
}
