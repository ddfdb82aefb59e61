// Masks in JSON files.

#include "data/mask_json.h"

#include <gmock/gmock.h>

#include "json_entry.h"

using namespace clipwork;
using namespace clipwork::test;

TEST(MaskJson, CountsAreCompressedOrAList) {
  const MaskRle pixel{{2, 4}, {0, 1, 7}};
  for (const char* json :
       {R"({"size": [2, 4], "counts": [0, 1, 7]})", R"({"counts": "017", "size": [2.0, 4]})"}) {
    look_at(json, [&](const JsonValue& mask) { EXPECT_EQ(read_mask(mask), pixel) << json; });
  }
}

TEST(MaskJson, BytesAsPythonPrintsThemAreReadWhereThatIsUnambiguous) {
  // A 2 x 32 mask of the runs 12, 40, 12, whose code has a backslash.
  const MaskRle mask{{2, 32}, {12, 40, 12}};
  ASSERT_EQ(mask.compressed(), R"(<X1<)");
  const MaskRle other = MaskRle::parse(R"(\1T1)", {2, 40});
  const auto read = [](const std::string& json) {
    std::optional<MaskRle> read;
    look_at(json, [&](const JsonValue& value) { read = read_mask_of_printed_bytes(value); });
    return read;
  };
  EXPECT_EQ(read(R"({"size": [2, 32], "counts": "b'<X1<'"})"), mask);
  EXPECT_EQ(read(R"({"size": [2, 32], "counts": "b\"<X1<\""})"), mask);
  // Doubled, as Python prints a backslash, and as it is.
  EXPECT_EQ(read(R"({"size": [2, 40], "counts": "b'\\\\1T1'"})"), other);
  EXPECT_EQ(read(R"({"size": [2, 40], "counts": "b'\\1T1'"})"), other);
  EXPECT_FALSE(read(R"({"size": [2, 32], "counts": "<X1<"})"));
  EXPECT_FALSE(read(R"({"size": [2, 32], "counts": "b'<X1'"})"));
  EXPECT_FALSE(read(R"({"size": [2, 32], "counts": "b'"})"));
  EXPECT_EQ(refusal_of(R"({"size": [2, 32], "counts": "b'<X1<'"})",
                       [](const JsonValue& value) { read_mask(value); }),
            "counts: the bytes were written as Python prints them, b'...'; write counts.decode() "
            "instead of str(counts)");
}

TEST(MaskJson, CountsOfAnotherSizeSayBothNumbers) {
  EXPECT_EQ(refusal_of(R"({"size": [2, 4], "counts": [3, 4, 6]})",
                       [](const JsonValue& value) { read_mask(value); }),
            "the run-length code of a 4 x 2 mask covers 13 pixels instead of 8; 'size' must be the "
            "[height, width] that the counts were made for");
}

TEST(MaskJson, AWrittenMaskIsReadAgain) {
  const MaskRle mask{{3, 5}, {4, 2, 9}};
  JsonWriter json(JsonWriter::Form::line);
  write_mask(json, mask);
  look_at(json.take(), [&](const JsonValue& value) { EXPECT_EQ(read_mask(value), mask); });
  write_box(json, mask);
  EXPECT_EQ(json.take(), "[1,1,1,2]");
}

TEST(MaskJson, PolygonsAreListsOfCoordinates) {
  look_at("[[0, 0, 1.5, 0, 1, 1], [5, 5, 6, 5, 6, 6]]", [](const JsonValue& value) {
    EXPECT_THAT(read_polygons(value), testing::ElementsAre(testing::ElementsAre(0, 0, 1.5, 0, 1, 1),
                                                           testing::ElementsAre(5, 5, 6, 5, 6, 6)));
  });
  EXPECT_EQ(refusal_of("[[0, null]]", [](const JsonValue& value) { read_polygons(value); }),
            "expected a number as coordinate of a polygon, found null");
}

TEST(MaskJson, PartsThatAreNotPolygonsAreLeftOutAndNamed) {
  std::vector<std::string> problems;
  look_at("[[0, 0, 9, 0, 9, 9], [1, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7], [0, 0, NaN, 0, 1, 1]]",
          [&](const JsonValue& value) {
            const auto parts = read_polygons(
                value, [&](const InputError& error) { problems.emplace_back(error.what()); });
            EXPECT_THAT(parts, testing::ElementsAre(testing::ElementsAre(0, 0, 9, 0, 9, 9)));
          });
  EXPECT_THAT(problems, testing::ElementsAre(
                            "part 2 of 4: a polygon has 2 points, expected at least three",
                            "part 3 of 4: a polygon has an odd number of coordinates",
                            testing::StartsWith("part 4 of 4: a polygon has the coordinate nan")));
  EXPECT_EQ(refusal_of("[[0, 0, 9, 0, 9, 9], [1, 1]]",
                       [](const JsonValue& value) { read_polygons(value); }),
            "part 2 of 2: a polygon has 1 points, expected at least three");
}

TEST(MaskJson, FlatPolygonsAndListsOfPointsSayHowTheyAreWritten) {
  const char* form = "write one list of numbers for each part: [[x1, y1, x2, y2, ...], ...]";
  const auto read = [](const JsonValue& value) { read_polygons(value, [](const InputError&) {}); };
  EXPECT_EQ(refusal_of("[4, 4, 20, 4, 20, 16]", read),
            cat("expected a list of the coordinates of a polygon, found 4; ", form));
  EXPECT_EQ(
      refusal_of("[[4, 4], [20, 4], [20, 16]]", read),
      cat("expected the coordinates of a polygon in one list, found a list of points; ", form));
}

TEST(MaskJson, CoordinatesBetween0And1LookNormalised) {
  EXPECT_TRUE(look_normalised({{0.1, 0.1, 0.4, 0.1, 0.4, 0.4}, {0, 0, 1, 0, 1, 0.5}}));
  EXPECT_FALSE(look_normalised({{0, 0, 1, 0, 1, 1}}));
  EXPECT_FALSE(look_normalised({{0.1, 0.1, 0.4, 0.1, 0.4, 0.4}, {5, 5, 6, 5, 6, 6}}));
  EXPECT_FALSE(look_normalised({{0.1, -0.1, 0.4, 0.1, 0.4, 0.4}}));
}
