// Real numbers of JSON texts.

#include "base/json_number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

using namespace clipwork;

namespace {

/// As RapidJSON calls it: behind other text, with an approximate value.
std::optional<double> real(const std::string& number, double approximate = 0) {
  const std::string text = "{\"a\": [1," + number;
  return exact_real(trailing_number(text), approximate);
}

}  // namespace

TEST(JsonNumber, IsTheNearestDouble) {
  EXPECT_EQ(real("0.30000000000000004"), 0.30000000000000004);
  EXPECT_EQ(real("0.1234567890123456789"), 0.1234567890123456789);
  EXPECT_EQ(real("-1.5e3"), -1500);
  EXPECT_EQ(real("1E+2"), 100);
  EXPECT_EQ(real("1e-320"), 1e-320);
  EXPECT_EQ(real("4.9e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(real("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(real("18446744073709551616"), 18446744073709551616.0);
  // Half way between two doubles, and a digit above: the digits behind the 17th decide.
  EXPECT_EQ(real("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(real("9007199254740993." + std::string(100'000, '0') + "1"), 9007199254740994.0);
}

TEST(JsonNumber, ZerosAreZeroHoweverTheyAreWritten) {
  for (const char* number : {"0.0", "0e308", "0e-300", "0E5", "0.0e-999"}) {
    EXPECT_EQ(real(number), 0) << number;
  }
  for (const size_t zeros : {25u, 100u, 347u, 348u, 400u, 100'000u}) {
    EXPECT_EQ(real("0." + std::string(zeros, '0')), 0) << zeros;
  }
  EXPECT_TRUE(std::signbit(*real("-0.0", -0.0)));
}

TEST(JsonNumber, WhatIsTooSmallIsZeroAndWhatIsTooLargeIsNone) {
  EXPECT_EQ(real("0." + std::string(348, '0') + "1"), 0);
  EXPECT_EQ(real("1e-99999999999"), 0);
  EXPECT_TRUE(std::signbit(*real("-1e-400", -0.0)));
  EXPECT_FALSE(real("100e307", std::numeric_limits<double>::infinity()));
}

TEST(JsonNumber, NumbersInWordsAreAsTheyWereRead) {
  EXPECT_TRUE(std::isnan(*real("NaN", std::numeric_limits<double>::quiet_NaN())));
  EXPECT_EQ(real("-Infinity", -std::numeric_limits<double>::infinity()),
            -std::numeric_limits<double>::infinity());
}
