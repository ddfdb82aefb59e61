// Polygons drawn as masks, and what that may cost.

#include "masks/polygon.h"

#include <clipwork/error.h>
#include <clipwork/mask_rle.h>
#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "support.h"

using namespace clipwork;
using testing::HasSubstr;

namespace {

/// Back and forth over the whole width, one pixel lower each time.
std::vector<double> zigzag(int points, double width) {
  std::vector<double> polygon;
  for (int i = 0; i < points; ++i) {
    polygon.push_back(i % 2 ? 0 : width);
    polygon.push_back(i % 4096);
  }
  return polygon;
}

std::string problem_of(const std::vector<double>& polygon) {
  return test::error_of<InputError>([&] { check_polygon(polygon); });
}

}  // namespace

TEST(Polygon, IsRefusedWhereItEnclosesNothingOrHasNoPlace) {
  EXPECT_EQ(problem_of({}), "a polygon has 0 points, expected at least three");
  EXPECT_EQ(problem_of({1, 1, 5, 5}), "a polygon has 2 points, expected at least three");
  EXPECT_EQ(problem_of({1, 1, 5, 1, 5, 5, 3}), "a polygon has an odd number of coordinates");
  EXPECT_THAT(problem_of({1, 1, NAN, 1, 5, 5}), HasSubstr("the coordinate nan, expected one"));
  EXPECT_THAT(problem_of({1, 1, 1e300, 1, 5, 5}), HasSubstr("the coordinate 1e+300"));
  EXPECT_THAT(problem_of({1, 1, -INFINITY, 1, 5, 5}), HasSubstr("the coordinate -inf"));
}

TEST(Polygon, CrossesTheColumnsWhoseMiddlesItsEdgesPass) {
  EXPECT_EQ(crossings_of({0, 0, 10, 0, 10, 8, 0, 8}, {20, 20}), 20);
  EXPECT_EQ(crossings_of({-100, 0, 90'000, 0, 90'000, 8, -100, 8}, {20, 30}), 60);
  EXPECT_EQ(crossings_of({3, 0, 3, 8, 3, 4}, {20, 20}), 0);
  EXPECT_EQ(crossings_of(zigzag(1000, 50), {5000, 64}), 1000 * 50);
}

TEST(Polygon, ThatCrossesAWidePictureAgainAndAgainIsRefusedBeforeItIsDrawn) {
  const Size wide{4096, 65536};
  EXPECT_THROW(MaskRle::of_polygons({zigzag(20'000, 100'000)}, wide), InputError);
  EXPECT_GT(MaskRle::of_polygons({zigzag(60, 100'000)}, wide).area(), 0);
}

TEST(Polygon, PartsAreTheUnionOfEach) {
  const Size size{40, 50};
  std::mt19937 draw(3);
  std::uniform_real_distribution<double> at(-10, 60);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::vector<double>> parts(1 + static_cast<size_t>(round % 5));
    MaskRle expected = MaskRle::blank(size);
    for (std::vector<double>& part : parts) {
      for (int i = 0; i < 2 * (3 + round % 7); ++i) part.push_back(at(draw));
      expected = unite(expected, MaskRle::of_polygons({part}, size));
    }
    EXPECT_EQ(MaskRle::of_polygons(parts, size), expected) << round;
  }
}

TEST(Polygon, ManyPartsCostNoMoreThanTheirSum) {
  std::vector<std::vector<double>> parts;
  for (int i = 0; i < 80'000; ++i) {
    const double x = i % 400, y = i / 400;
    parts.push_back({x, 2 * y, x + 2, 2 * y, x, 2 * y + 1});
  }
  EXPECT_GT(MaskRle::of_polygons(parts, {400, 402}).area(), 0);
}
