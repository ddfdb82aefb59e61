// Run lengths without pictures: boxes, sets, overlaps and polygons, equal to the official mask
// code.

#include <clipwork/mask_rle.h>

#include <cmath>
#include <map>

#include "core/evaluation/golden.h"

using namespace clipwork;
using test::size_of;

namespace {

MaskRle mask_of(const rapidjson::Value& code) {
  return MaskRle::parse(code["counts"].GetString(), size_of(code));
}

void expect_box(const Box& box, const rapidjson::Value& expected) {
  const auto numbers = expected.GetArray();
  EXPECT_EQ(static_cast<double>(box.x), numbers[0].GetDouble());
  EXPECT_EQ(static_cast<double>(box.y), numbers[1].GetDouble());
  EXPECT_EQ(static_cast<double>(box.width), numbers[2].GetDouble());
  EXPECT_EQ(static_cast<double>(box.height), numbers[3].GetDouble());
}

std::vector<std::vector<double>> polygons_of(const rapidjson::Value& value) {
  std::vector<std::vector<double>> polygons;
  for (const auto& polygon : value.GetArray()) {
    polygons.emplace_back();
    for (const auto& coordinate : polygon.GetArray())
      polygons.back().push_back(coordinate.GetDouble());
  }
  return polygons;
}

MaskRle of_runs(const std::vector<int64_t>& runs, Size size) {
  return MaskRle::of_runs(runs, size);
}

class RleGolden : public testing::Test {
 protected:
  rapidjson::Document golden = test::json(test::own_cases() / "rle.json");
  std::map<std::string, MaskRle> masks;
  void SetUp() override {
    for (const auto& code : golden["masks"].GetArray())
      masks[code["name"].GetString()] = mask_of(code);
  }
};

}  // namespace

TEST_F(RleGolden, BothFormsOfACodeAreTheSameMask) {
  ASSERT_EQ(golden["masks"].Size(), 21u);
  for (const auto& code : golden["masks"].GetArray()) {
    SCOPED_TRACE(code["name"].GetString());
    std::vector<int64_t> runs;
    for (const auto& run : code["runs"].GetArray()) runs.push_back(run.GetInt64());
    MaskRle mask = mask_of(code);
    EXPECT_EQ(of_runs(runs, mask.size), mask);
    EXPECT_EQ(mask.compressed(), code["counts"].GetString());
    EXPECT_EQ(mask.area(), code["area"].GetInt64());
    expect_box(mask.box(), code["bbox"]);
  }
}

TEST_F(RleGolden, EmptyRunsAreReadAndLeftOut) {
  for (const auto& code : golden["unusual"].GetArray()) {
    SCOPED_TRACE(code["name"].GetString());
    MaskRle mask = mask_of(code);
    EXPECT_EQ(mask.area(), code["area"].GetInt64());
    if (!code.HasMember("canonical_counts")) continue;
    EXPECT_EQ(mask.compressed(), code["canonical_counts"].GetString());
    expect_box(mask.box(), code["bbox_of_pixels"]);
  }
}

TEST_F(RleGolden, UnionAndIntersectionAreThoseOfTheOfficialCode) {
  ASSERT_GT(golden["merge"].Size(), 10u);
  for (const auto& merge : golden["merge"].GetArray()) {
    // Of two sizes the official code makes a mask of 0 x 0; ours is an error.
    if (merge.HasMember("size")) continue;
    MaskRle merged = masks.at(merge["of"][0].GetString());
    for (unsigned i = 1; i < merge["of"].Size(); ++i) {
      const MaskRle& other = masks.at(merge["of"][i].GetString());
      merged = merge["intersect"].GetBool() ? intersect(merged, other) : unite(merged, other);
    }
    EXPECT_EQ(merged, MaskRle::parse(merge["counts"].GetString(), merged.size));
    EXPECT_EQ(merged.area(), merge["area"].GetInt64());
  }
}

TEST_F(RleGolden, OverlapsAreThoseOfTheOfficialCodeAlsoWithCrowds) {
  const auto& names = golden["iou"]["names"];
  for (unsigned d = 0; d < names.Size(); ++d) {
    for (unsigned g = 0; g < names.Size(); ++g) {
      const MaskRle &result = masks.at(names[d].GetString()),
                    &truth = masks.at(names[g].GetString());
      EXPECT_NEAR(overlap(result, truth), golden["iou"]["iou"][d][g].GetDouble(), 1e-12);
      EXPECT_NEAR(overlap(result, truth, true), golden["iou"]["iou_crowd"][d][g].GetDouble(),
                  1e-12);
    }
  }
}

TEST_F(RleGolden, PolygonsCoverThePixelsOfTheOfficialCode) {
  for (const auto& drawn : golden["polygons"].GetArray()) {
    SCOPED_TRACE(drawn["name"].GetString());
    MaskRle mask = MaskRle::of_polygons(polygons_of(drawn["polygons"]), size_of(drawn));
    EXPECT_EQ(mask, mask_of(drawn));
    EXPECT_EQ(mask.area(), drawn["area"].GetInt64());
  }
  for (const auto& drawn : golden["boxes_as_polygons"].GetArray()) {
    const auto& box = drawn["bbox"];
    double left = box[0].GetDouble(), top = box[1].GetDouble();
    double right = left + box[2].GetDouble(), bottom = top + box[3].GetDouble();
    EXPECT_EQ(MaskRle::of_polygons({{left, top, left, bottom, right, bottom, right, top}},
                                   size_of(drawn)),
              mask_of(drawn));
  }
}

TEST(Rle, AClosedPolygonIsTheSameAsAnOpenOne) {
  EXPECT_EQ(MaskRle::of_polygons({{2, 1, 9, 3, 5, 8}}, {12, 12}),
            MaskRle::of_polygons({{2, 1, 9, 3, 9, 3, 5, 8, 2, 1}}, {12, 12}));
}

TEST(Rle, PolygonsThatEncloseNothingOrHaveNoPlaceAreRefused) {
  for (const std::vector<double>& polygon :
       std::vector<std::vector<double>>{{},
                                        {1, 1, 5, 5},
                                        {1, 1, 5, 1, 5},
                                        {1, 1, NAN, 1, 5, 5},
                                        {1, 1, 1e300, 1, 5, 5},
                                        {1, 1, -INFINITY, 1, 5, 5}}) {
    EXPECT_THROW(MaskRle::of_polygons({polygon}, {10, 10}), InputError);
  }
  EXPECT_EQ(MaskRle::of_polygons({{1, 1, 5, 1, 5, 5}}, {0, 7}).counts.size(), 0u);
}

TEST(Rle, RunsThatDoNotFillTheMaskAreRefused) {
  EXPECT_THROW(of_runs({3, 4}, {4, 5}), InputError);
  EXPECT_THROW(of_runs({3, 4, 14}, {4, 5}), InputError);
  EXPECT_THROW(of_runs({3, -4, 21}, {4, 5}), InputError);
  EXPECT_THROW(of_runs({4294967295, 1, 20}, {4, 5}), InputError);
}

TEST(Rle, MasksOfDifferentSizesShareNothingAndCannotBePutTogether) {
  MaskRle small = of_runs({0, 4}, {2, 2}), large = of_runs({0, 6}, {2, 3});
  EXPECT_EQ(overlap(small, large), -1);
  EXPECT_EQ(common_area(small, large), 0);
  EXPECT_THROW(unite(small, large), Error);
  EXPECT_THROW(intersect(small, large), Error);
}

TEST(Rle, ABoxReachesOverFullHeightWhereARunGoesOnInTheNextColumn) {
  EXPECT_EQ(of_runs({7, 3, 10}, {5, 4}).box(), (Box{1, 2, 1, 3}));
  EXPECT_EQ(of_runs({8, 4, 8}, {5, 4}).box(), (Box{1, 0, 2, 5}));
}

TEST(Rle, ListsOfMasksKeepWhatIsThereAndWhatIsNot) {
  MaskList list;
  MaskRle first = of_runs({5, 200, 1, 94}, {10, 30}), empty = of_runs({100000}, {100, 1000});
  list.add(first);
  list.add_absent();
  list.add(empty);
  list.add(of_runs({}, {0, 0}));
  list.shrink();
  ASSERT_EQ(list.frames(), 4);
  MaskRle mask;
  EXPECT_TRUE(list.read(0, &mask));
  EXPECT_EQ(mask, first);
  EXPECT_FALSE(list.read(1, &mask));
  EXPECT_TRUE(list.read(2, &mask));
  EXPECT_EQ(mask, empty);
  EXPECT_TRUE(list.present(3));
}

TEST(RleGoldenShared, RealCodesHaveTheBoxesOfTheOfficialCode) {
  CLIPWORK_NEEDS_SHARED("evaluation/rle.json");
  rapidjson::Document golden = test::json(test::shared_cases() / "rle.json");
  for (const char* part : {"large", "real"}) {
    const auto& list = std::string(part) == "real" ? golden[part]["masks"] : golden[part];
    for (const auto& code : list.GetArray()) {
      MaskRle mask = mask_of(code);
      EXPECT_EQ(mask.compressed(), code["counts"].GetString());
      expect_box(mask.box(), code["bbox"]);
    }
  }
}
