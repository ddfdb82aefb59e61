// What the polygons of a file may cost.

#include "data/polygon_budget.h"

#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;

TEST(PolygonBudget, PolygonsOfDataSetsAreFarBelowIt) {
  PolygonBudget budget;
  // A quarter of a million objects half as wide as a 4K picture, of ten points each.
  for (int i = 0; i < 250'000; ++i) {
    budget.take({{0,    0,   500,  0,   1000, 0,   1500, 0,   1920, 0,
                  1920, 900, 1500, 900, 1000, 900, 500,  900, 0,    900}},
                {2160, 3840});
  }
}

TEST(PolygonBudget, AFewPointsMayNotCrossAWidePictureForEver) {
  PolygonBudget budget;
  const std::vector<std::vector<double>> rectangle = {{0, 0, 65536, 0, 65536, 9, 0, 9}};
  const std::string error = test::error_of<InputError>([&] {
    for (int i = 0; i < 1000; ++i) budget.take(rectangle, {4096, 65536});
  });
  EXPECT_THAT(error, testing::HasSubstr("the edges of the file's polygons cross "));
  EXPECT_THAT(error, testing::HasSubstr("check the width of the videos"));
}
