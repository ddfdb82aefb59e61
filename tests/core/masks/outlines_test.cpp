#include "masks/outlines.h"

#include <ATen/ops/zeros.h>
#include <clipwork/error.h>

#include <cmath>
#include <random>

#include "support.h"

using namespace clipwork;

namespace {

/// A mask rle_of with '.' and '#', one text a row.
MaskRle rle_of(const std::vector<std::string>& rows) {
  const Size size{static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size())};
  at::Tensor mask = at::zeros({size.height, size.width}, at::kBool);
  bool* pixel = mask.mutable_data_ptr<bool>();
  for (const std::string& row : rows) {
    for (const char c : row) *pixel++ = c == '#';
  }
  return MaskRle::from_tensor(mask);
}

/// Pixels that are on with this probability.
MaskRle noise(Size size, double share, unsigned seed) {
  at::Tensor mask = at::zeros({size.height, size.width}, at::kBool);
  std::mt19937 random(seed);
  std::bernoulli_distribution on(share);
  for (int64_t i = 0; i < mask.numel(); ++i) mask.mutable_data_ptr<bool>()[i] = on(random);
  return MaskRle::from_tensor(mask);
}

/// A disc with a wavy border.
MaskRle blob(Size size, double radius) {
  at::Tensor mask = at::zeros({size.height, size.width}, at::kBool);
  for (int64_t y = 0; y < size.height; ++y) {
    for (int64_t x = 0; x < size.width; ++x) {
      const double dx = double(x) + .5 - double(size.width) / 2;
      const double dy = double(y) + .5 - double(size.height) / 2;
      const double edge = radius * (1 + 0.15 * std::sin(5 * std::atan2(dy, dx)));
      mask.mutable_data_ptr<bool>()[y * size.width + x] = std::hypot(dx, dy) < edge;
    }
  }
  return MaskRle::from_tensor(mask);
}

void expect_same(const MaskRle& mask) {
  EXPECT_EQ(MaskRle::of_polygons(outlines(mask), mask.size), mask) << mask.compressed();
  const Polygon joined = joined_outline(mask);
  if (mask.empty()) {
    EXPECT_TRUE(joined.empty());
  } else {
    EXPECT_EQ(MaskRle::of_polygons({joined}, mask.size), mask) << mask.compressed();
  }
}

}  // namespace

TEST(Outlines, GoRoundTheBordersOfPixels) {
  const std::vector<Polygon> polygons = outlines(rle_of({"....", ".##.", ".##.", "...."}));
  ASSERT_EQ(polygons.size(), 1u);
  EXPECT_EQ(polygons[0], (Polygon{1, 1, 3, 1, 3, 3, 1, 3}));
}

TEST(Outlines, GiveBackRectanglesExactly) {
  for (const Size size : {Size{1, 1}, Size{1, 7}, Size{9, 1}, Size{6, 5}}) {
    for (int64_t left = 0; left < size.width; ++left) {
      for (int64_t right = left + 1; right <= size.width; ++right) {
        at::Tensor mask = at::zeros({size.height, size.width}, at::kBool);
        mask.narrow(1, left, right - left).fill_(true);
        expect_same(MaskRle::from_tensor(mask));
      }
    }
  }
}

TEST(Outlines, GiveBackHolesPartsAndCornersExactly) {
  for (const auto& rows : std::vector<std::vector<std::string>>{
           {"...", "...", "..."},
           {"###", "#.#", "###"},
           {"#####", "#...#", "#.#.#", "#...#", "#####"},
           {"#.#", ".#.", "#.#"},
           {".#.", "#.#", ".#."},
           {"##..", "##..", "..##", "..##"},
           {"#.##.", "#..##", "##..#", ".##.#"},
           {"#######", "#..#..#", "#.##..#", "#######", "..#.#..", "#######"}}) {
    expect_same(rle_of(rows));
  }
}

TEST(Outlines, HaveAPolygonForEachPartWithItsHoles) {
  // A ring with an island, and a part that lies to its right.
  const MaskRle mask = rle_of({"#####.##", "#...#.##", "#.#.#...", "#...#.##", "#####.##"});
  EXPECT_EQ(outlines(mask).size(), 4u);
  EXPECT_EQ(outlines(rle_of({"#.", ".#"})).size(), 1u) << "pixels that touch are one part";
  // The hole of the ring is not that of the island.
  const std::vector<Polygon> polygons = outlines(mask);
  EXPECT_EQ(MaskRle::of_polygons({polygons[0]}, mask.size).area(), 16);
}

TEST(Outlines, GiveBackNoiseExactly) {
  unsigned seed = 0;
  for (const double share : {0.05, 0.3, 0.5, 0.7, 0.95}) {
    for (const Size size : {Size{7, 5}, Size{16, 16}, Size{31, 64}}) {
      expect_same(noise(size, share, ++seed));
    }
  }
}

TEST(Outlines, TakeTimeInProportionToTheBorder) {
  // Some 60,000 holes: bridges from each to the nearest would take hours.
  expect_same(noise({500, 500}, 0.6, 7));
}

TEST(Outlines, OfBlobsAreNearlyTheSameWhenTheyAreStraightened) {
  for (const double radius : {6.0, 12.0, 40.0}) {
    const MaskRle mask = blob({128, 128}, radius);
    ASSERT_GT(mask.area(), 100);
    const Polygon exact = joined_outline(mask);
    EXPECT_EQ(overlap(MaskRle::of_polygons({exact}, mask.size), mask), 1);
    const Polygon straight = joined_outline(mask, 0.75);
    EXPECT_LT(straight.size(), exact.size() * 2 / 3) << radius;
    const double iou = overlap(MaskRle::of_polygons({straight}, mask.size), mask);
    EXPECT_GT(iou, radius > 10 ? 0.95 : 0.85) << radius;
  }
}

TEST(Outlines, KeepSmallPartsWhenTheyAreStraightened) {
  const MaskRle mask = rle_of({"#..", "...", "..#"});
  EXPECT_EQ(MaskRle::of_polygons(outlines(mask, 5), mask.size), mask);
}
