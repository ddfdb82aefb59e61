#include "base/patterns.h"
#include "support.h"

#include <clipwork/error.h>
#include <gtest/gtest.h>

using namespace clipwork;

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

TEST(Patterns, AreSearchedInLinearTime) {
  // These backtrack without end, or exhaust the stack, in engines that follow every alternative.
  const std::string name(100'000, 'a');
  for (const char* text :
       {"^(([a-z_.0-9]+)*)*!$", "(a|aa)+$b", "(a*)*c", "(.*)(.*)(.*)(.*)(.*)x"}) {
    EXPECT_FALSE(Pattern(text, "train.freeze").found_in(name)) << text;
  }
  EXPECT_TRUE(Pattern("a+$", "train.freeze").found_in(name));
}

TEST(Patterns, AreRefusedWhenTheyAreTooLarge) {
  const std::string nested = std::string(20'000, '(') + "a" + std::string(20'000, ')');
  EXPECT_SAYS(Pattern::fault_of(nested), "a regular expression of 40001 bytes is too long");
  EXPECT_SAYS(Pattern::fault_of(std::string(90'000, 'a')), "too long");
  EXPECT_SAYS(Pattern::fault_of("((((a{1000}){1000}){1000}){1000})"), "not a regular expression");
  EXPECT_EQ(Pattern::fault_of(std::string(kLongestPattern, 'a')), "");
  const size_t half = kLongestPattern / 2 - 1;
  EXPECT_EQ(Pattern::fault_of(std::string(half, '(') + "a" + std::string(half, ')')), "");
}

TEST(Patterns, HaveNeitherBackReferencesNorLookAhead) {
  EXPECT_SAYS(Pattern::fault_of("(a)\\1"), "not a regular expression");
  EXPECT_SAYS(Pattern::fault_of("(?!a)b"), "not a regular expression");
}

TEST(Patterns, ReplaceEveryMatch) {
  const auto replaced = [](const char* text, const char* replacement, const std::string& name) {
    return Pattern(text, "names").replaced(name, replacement, "names");
  };
  EXPECT_EQ(replaced("^(a)\\.(\\d+)\\.", "$2/$1.", "a.17.w"), "17/a.w");
  EXPECT_EQ(replaced("b", "[$&]", "abab"), "a[b]a[b]");
  EXPECT_EQ(replaced("b", "$$\\1", "ab"), "a$\\1");
  EXPECT_EQ(replaced("x", "y", "ab"), "ab");
  EXPECT_SAYS(
      test::error_of<InputError>([&] { replaced("(a)", "$2", "a"); }),
      "names: the replacement '$2' of '(a)' names a group that the expression does not have");
  // A name of 50,000 digits, which std::regex could not search.
  const std::string digits(50'000, '7');
  EXPECT_EQ(replaced("^(a\\.\\d+)\\.", "$1/", "a." + digits + ".w"), "a." + digits + "/w");
}
