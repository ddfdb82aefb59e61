#include <clipwork/error.h>
#include <clipwork/faults.h>
#include <gtest/gtest.h>

#include "support.h"

using namespace clipwork;

namespace {

std::string raised(const Faults& faults) {
  return test::error_of<InputError>([&] { faults.raise(); });
}

}  // namespace

TEST(Faults, AreCountedWhenThereAreTooManyToList) {
  Faults faults, more;
  for (int i = 0; i < 3000; ++i) faults.add({"a.toml", i + 1, 1}, cat("fault ", i));
  more.add(faults);
  EXPECT_EQ(more.size(), 3000u);
  EXPECT_EQ(more.sorted().size(), 1000u);
  const std::string said = raised(more);
  EXPECT_SAYS(said, "3000 faults\n  a.toml:1:1: fault 0\n");
  EXPECT_SAYS(said, "a.toml:100:1: fault 99\n  and 2900 more");
}

TEST(Faults, LoseTheMiddleOfEndlessTexts) {
  Faults faults;
  faults.add({"a.toml", 1, 1}, std::string(1'000'000, 'x'));
  EXPECT_LT(faults.text().size(), 20'000u);
}

TEST(Faults, ThrowNothingWhereThereAreNone) {
  Faults faults;
  EXPECT_TRUE(faults.empty());
  EXPECT_EQ(faults.text(), "");
  EXPECT_EQ(raised(faults), "nothing was thrown");
}

TEST(Faults, AreOrderedByFileLineAndColumn) {
  Faults faults;
  faults.add({"b.toml", 1, 1}, "fourth");
  faults.add({"a.toml", 10, 1}, "third");
  faults.add({"a.toml", 2, 9}, "second");
  faults.add({"a.toml", 2, 3}, "first");
  EXPECT_EQ(faults.text(),
            "a.toml:2:3: first\na.toml:2:9: second\na.toml:10:1: third\nb.toml:1:1: fourth\n");
}

TEST(Faults, OfOnePlaceStayInTheOrderInWhichTheyWereFound) {
  Faults faults;
  faults.add({"a.toml", 1, 1}, "zebra");
  faults.add({"a.toml", 1, 1}, "apple");
  EXPECT_EQ(faults.text(), "a.toml:1:1: zebra\na.toml:1:1: apple\n");
}

TEST(Faults, ThatAreFoundTwiceAreListedOnce) {
  Faults faults;
  faults.add({"a.toml", 1, 1}, "wrong", "do this");
  faults.add({"a.toml", 1, 1}, "wrong", "do this");
  faults.add({"a.toml", 1, 1}, "wrong", "do that");
  EXPECT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults.sorted().size(), 2U);
}

TEST(Faults, ThrowASingleOneWithItsPlaceAndAdvice) {
  Faults faults;
  faults.add({"a.toml", 4, 2}, "wrong", "do this");
  try {
    faults.raise();
    FAIL() << "nothing was thrown";
  } catch (const InputError& error) {
    EXPECT_EQ(error.where(), "a.toml:4:2");
    EXPECT_EQ(error.problem(), "wrong");
    EXPECT_EQ(error.advice(), "do this");
  }
}

TEST(Faults, AreThrownTogetherEachOnItsOwnIndentedLines) {
  Faults faults;
  faults.add({"a.toml", 4, 2}, "wrong", "do this\nor that");
  faults.add({"--set", 0, 0}, "bad");
  EXPECT_EQ(raised(faults), "2 faults\n  --set: bad\n  a.toml:4:2: wrong; do this\n  or that");
}
