#include "base/patterns.h"
#include "support.h"

#include <clipwork/error.h>
#include <gtest/gtest.h>

using namespace clipwork;

namespace {}  // namespace

TEST(Patterns, AreSearchedAnywhereInAName) {
  Patterns patterns({"norm", "^head\\."}, "train.freeze");
  EXPECT_TRUE(patterns.any("backbone.norm.weight"));
  EXPECT_TRUE(patterns.any("head.weight"));
  EXPECT_FALSE(patterns.any("backbone.head.weight"));
  EXPECT_FALSE(patterns.empty());
  EXPECT_TRUE(Patterns({}, "train.freeze").empty());
}

TEST(Patterns, RememberAllThatWereFound) {
  Patterns patterns({"a", "b", "c"}, "train.only");
  patterns.any("ab");
  EXPECT_EQ(test::error_of<InputError>([&] { patterns.check_used("parameter", "look"); }),
            "train.only: no parameter's name matches 'c'; look");
  patterns.any("c");
  EXPECT_NO_THROW(patterns.check_used("parameter"));
}

TEST(Patterns, RememberOnlyTheFirstWhereOneIsAskedFor) {
  Patterns patterns({"a", "b"}, "train.only");
  EXPECT_EQ(patterns.first("ab"), 0U);
  EXPECT_EQ(patterns.first("c"), std::nullopt);
  EXPECT_THROW(patterns.check_used("parameter"), InputError);
  EXPECT_EQ(patterns.first("b"), 1U);
  EXPECT_NO_THROW(patterns.check_used("parameter"));
}

TEST(Patterns, NameWhatIsNoRegularExpressionAndWhereItStands) {
  std::string said = test::error_of<InputError>([] { Patterns({"good", "("}, "allow_missing"); });
  EXPECT_NE(said.find("allow_missing"), std::string::npos) << said;
  EXPECT_NE(said.find("'(' is not a regular expression"), std::string::npos) << said;
}

TEST(Factors, AreThoseOfTheFirstPatternThatIsFound) {
  Factors factors({{"backbone", 0.1}, {"norm", 2}}, "train.rate_factors");
  EXPECT_EQ(factors.of("backbone.norm"), 0.1);
  EXPECT_EQ(factors.of("decoder.norm"), 2);
  EXPECT_EQ(factors.of("decoder.weight"), 1);
  EXPECT_NO_THROW(factors.check_used("parameter"));
  EXPECT_THROW(Factors({{"x", 1}}, "train.rate_factors").check_used("parameter"), InputError);
}
