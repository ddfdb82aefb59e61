// Members of JSON entries, and the errors about them.

#include "data/json_fields.h"

#include <gmock/gmock.h>

#include "json_entry.h"

using namespace clipwork;
using namespace clipwork::test;

TEST(JsonFields, AnIntegerMayBeWrittenAsAReal) {
  look_at("[3, 3.0, -2e3]", [](const JsonValue& list) {
    std::vector<int64_t> read;
    list.entries([&](const JsonValue& one) { read.push_back(integer(one)); });
    EXPECT_THAT(read, testing::ElementsAre(3, 3, -2000));
  });
  for (const char* other : {"1.5", "NaN", "1e300", "'x'", "null", "[1]", "true"}) {
    std::string json = other;
    for (char& c : json) c = c == '\'' ? '"' : c;
    EXPECT_THAT(refusal_of(json, [](const JsonValue& value) { integer(value); }),
                testing::StartsWith("expected an integer, found "))
        << other;
  }
}

TEST(JsonFields, AnIdIsAnIntegerOrOneAsText) {
  look_at(R"([3, 3.0, "12", "-7", "007"])", [](const JsonValue& list) {
    std::vector<int64_t> read;
    list.entries([&](const JsonValue& one) { read.push_back(identifier(one)); });
    EXPECT_THAT(read, testing::ElementsAre(3, 3, 12, -7, 7));
  });
  for (const char* other : {"'6f9619ff-8b86-d011-b42d-00cf4fc964ff'", "'12a'", "''", "' 1'",
                            "'1.0'", "'99999999999999999999'"}) {
    std::string json = other;
    for (char& c : json) c = c == '\'' ? '"' : c;
    EXPECT_EQ(refusal_of(json, [](const JsonValue& value) { identifier(value); }),
              cat("expected an integer, found ", other,
                  "; ids are integers: number the entries 1, 2, 3, ..."));
  }
}

TEST(JsonFields, AnIntegerThatIsTooLargeIsCalledSo) {
  for (const char* large : {"18446744073709551615", "1000000000000000000000000000000", "1e30"}) {
    EXPECT_THAT(refusal_of(large, [](const JsonValue& value) { identifier(value); }),
                testing::AllOf(testing::StartsWith("expected an integer, found 1"),
                               testing::HasSubstr("it is too large")))
        << large;
  }
}

TEST(JsonFields, ErrorsNameTheMember) {
  EXPECT_EQ(
      refusal_of(R"({"id": "x"})",
                 [](const JsonValue& entry) { required_identifier(entry, "id"); }),
      "id: expected an integer, found 'x'; ids are integers: number the entries 1, 2, 3, ...");
  EXPECT_EQ(refusal_of("{}", [](const JsonValue& entry) { required(entry, "id", "advice"); }),
            "'id' is missing; advice");
  EXPECT_EQ(
      refusal_of("[1, 2, null]", [](const JsonValue& list) { each_entry(list, "areas", integer); }),
      "areas[2]: expected an integer, found null");
  EXPECT_EQ(refusal_of("{}", [](const JsonValue& list) { each_entry(list, "areas", integer); }),
            "areas: expected a list, found an object");
}

TEST(JsonFields, FalsyIsWhatPythonTakesForFalse) {
  for (const char* json : {"null", "false", "0", "0.0", "\"\"", "[]", "{}"}) {
    look_at(json, [&](const JsonValue& value) { EXPECT_TRUE(is_falsy(value)) << json; });
  }
  for (const char* json : {"true", "1", "NaN", "\"0\"", "[0]", "{\"a\": 0}"}) {
    look_at(json, [&](const JsonValue& value) { EXPECT_FALSE(is_falsy(value)) << json; });
  }
}
