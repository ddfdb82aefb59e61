// Random numbers of samples and components: the same on every machine, apart for every key, without
// bias.

#include <ATen/ops/rand.h>
#include <clipwork/context.h>
#include <clipwork/samples.h>
#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <set>
#include <vector>

using namespace clipwork;
using testing::ElementsAre;

namespace {

Tensor drawn(Generators& generators, const char* name) {
  return at::rand({4}, generators(name), at::TensorOptions(at::kDouble));
}

}  // namespace

TEST(Draw, FixedKeysGiveFixedNumbersOnEveryMachine) {
  // As an independent implementation of the same formulas computes them.
  Draw draw(7, "sample", 2, 31);
  EXPECT_EQ(draw.integer(0, 999999), 19491);
  EXPECT_EQ(draw.integer(-5, 5), -5);
  EXPECT_EQ(draw.uniform(), 0x1.6edc6f3acb74cp-3);
  EXPECT_THAT(draw.permutation(6), ElementsAre(0, 5, 3, 4, 1, 2));
  EXPECT_EQ(draw.named("flip").integer(0, 999999), 304439);
}

TEST(Draw, EveryPartOfTheKeyMatters) {
  auto first = [](Draw draw) {
    return draw.integer(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
  };
  std::set<int64_t> numbers;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    for (const char* name : {"", "a", "b", "ab"}) {
      for (int64_t epoch = 0; epoch < 4; ++epoch) {
        for (int64_t sample = 0; sample < 4; ++sample) {
          const Draw draw(seed, name, epoch, sample);
          numbers.insert(first(draw));
          numbers.insert(first(draw.named("flip")));
          numbers.insert(first(draw.named("flip").named("flip")));
        }
      }
    }
  }
  EXPECT_EQ(numbers.size(), 4u * 4 * 4 * 4 * 3);
}

TEST(Draw, ANamedSequenceDoesNotDependOnWhatWasDrawnBefore) {
  Draw one(1, "sample", 0, 0), other(1, "sample", 0, 0);
  one.uniform();
  EXPECT_EQ(one.named("crop").uniform(), other.named("crop").uniform());
}

TEST(Draw, IntegersAreEvenAndStayInTheirRange) {
  Draw draw(3, "sample", 0, 0);
  std::vector<int64_t> counts(7);
  constexpr int64_t kDraws = 70000;
  for (int64_t i = 0; i < kDraws; ++i) ++counts.at(static_cast<size_t>(draw.integer(-3, 3) + 3));
  // Six standard deviations of a count.
  for (const int64_t count : counts) EXPECT_NEAR(count, kDraws / 7, 6 * 93);
  EXPECT_EQ(draw.integer(5, 5), 5);
  // Of 3 x 2^62 values a plain remainder would make the first third twice as frequent.
  int64_t low = 0;
  constexpr int64_t kThird = int64_t(1) << 62;
  for (int i = 0; i < 30000; ++i) {
    low += draw.integer(std::numeric_limits<int64_t>::min(), kThird - 1) < -kThird;
  }
  EXPECT_NEAR(low, 10000, 6 * 82);
}

TEST(Draw, NumbersAreEvenInTheirInterval) {
  Draw draw(4, "sample", 0, 0);
  std::vector<int64_t> tenths(10);
  int64_t hits = 0;
  for (int i = 0; i < 50000; ++i) {
    const double value = draw.uniform(2, 3);
    ASSERT_GE(value, 2);
    ASSERT_LT(value, 3);
    ++tenths.at(static_cast<size_t>((value - 2) * 10));
    hits += draw.chance(0.3);
  }
  for (const int64_t count : tenths) EXPECT_NEAR(count, 5000, 6 * 67);
  EXPECT_NEAR(hits, 15000, 6 * 102);
  EXPECT_FALSE(draw.chance(0));
  EXPECT_TRUE(draw.chance(1));
  EXPECT_EQ(draw.uniform(2, 2), 2);
}

TEST(Draw, EveryPermutationIsAsLikely) {
  Draw draw(5, "sampler", 0, 0);
  std::map<std::vector<int64_t>, int64_t> counts;
  for (int i = 0; i < 24000; ++i) ++counts[draw.permutation(4)];
  ASSERT_EQ(counts.size(), 24u);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 6 * 31);
  EXPECT_TRUE(draw.permutation(0).empty());
}

TEST(Generators, DrawTheSameFromOneSeedAndName) {
  Generators first(3), again(3), other(4);
  Tensor values = drawn(first, "points");
  EXPECT_TRUE(values.equal(drawn(again, "points")));
  EXPECT_FALSE(values.equal(drawn(other, "points")));
  EXPECT_FALSE(values.equal(drawn(again, "sampler")));
}

TEST(Generators, DoNotDependOnWhatOthersDrewBefore) {
  Generators quiet(3), busy(3);
  for (int i = 0; i < 5; ++i) drawn(busy, "augment");
  EXPECT_TRUE(drawn(quiet, "points").equal(drawn(busy, "points")));
}

TEST(Generators, GoOnWhereTheyStopped) {
  Generators generators(3);
  Tensor first = drawn(generators, "points");
  EXPECT_FALSE(first.equal(drawn(generators, "points")));
}
