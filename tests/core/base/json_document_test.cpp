// JSON texts as documents.

#include <clipwork/host/json_document.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

using namespace clipwork;
using testing::HasSubstr;

namespace {

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  EXPECT_EQ(parse_json(text, document).value_or(""), "") << text;
  return document;
}

}  // namespace

TEST(JsonDocument, HoldsTheValuesOfItsText) {
  const rapidjson::Document json =
      parsed(R"({"a": [1, -2, 9223372036854775807, 18446744073709551615], "b": "x\u00e9",
                 "c": {"d": null, "e": true}})");
  EXPECT_EQ(json["a"][0].GetInt(), 1);
  EXPECT_EQ(json["a"][1].GetInt(), -2);
  EXPECT_EQ(json["a"][2].GetInt64(), INT64_MAX);
  EXPECT_EQ(json["a"][3].GetUint64(), UINT64_MAX);
  EXPECT_STREQ(json["b"].GetString(), "x\xc3\xa9");
  EXPECT_TRUE(json["c"]["d"].IsNull());
  EXPECT_TRUE(json["c"]["e"].GetBool());
}

TEST(JsonDocument, NumbersAreExactAndSmallOnesAreZero) {
  const rapidjson::Document json =
      parsed("[0.30000000000000004, 1e-320, 0e308, 0.123456789012345678, NaN, 0." +
             std::string(348, '0') + "1]");
  EXPECT_EQ(json[0].GetDouble(), 0.30000000000000004);
  EXPECT_EQ(json[1].GetDouble(), 1e-320);
  EXPECT_EQ(json[2].GetDouble(), 0);
  EXPECT_EQ(json[3].GetDouble(), 0.123456789012345678);
  EXPECT_NE(json[4].GetDouble(), json[4].GetDouble());
  EXPECT_EQ(json[5].GetDouble(), 0);
}

TEST(JsonDocument, AByteOrderMarkIsSkippedAndDepthIsNotLimited) {
  EXPECT_EQ(parsed("\xEF\xBB\xBF[7]")[0].GetInt(), 7);
  const std::string deep(100'000, '[');
  EXPECT_TRUE(parsed(deep + std::string(deep.size(), ']')).IsArray());
}

TEST(JsonDocument, ErrorsSayWhere) {
  rapidjson::Document document;
  EXPECT_THAT(parse_json("[1, ]", document).value_or(""), HasSubstr("byte 5: "));
  EXPECT_TRUE(document.IsNull());
  EXPECT_THAT(parse_json("\xEF\xBB\xBF[1, ]", document).value_or(""), HasSubstr("byte 8: "));
  EXPECT_THAT(parse_json("", document).value_or(""), HasSubstr("byte 1: "));
  EXPECT_THAT(parse_json("<html>", document).value_or(""), HasSubstr("the file is an HTML page"));
  EXPECT_THAT(parse_json("[1e400]", document).value_or(""), HasSubstr("Number too big"));
  EXPECT_THAT(parse_json("[100e307]", document).value_or(""), HasSubstr("Number too big"));
  EXPECT_THAT(parse_json("[1] [2]", document).value_or(""), HasSubstr("byte 5: "));
  EXPECT_THAT(parse_json(std::string("[1]\0[2]", 7), document).value_or(""), HasSubstr("byte 4: "));
}
