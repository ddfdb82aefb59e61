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

TEST(MaskJson, AWrittenMaskIsReadAgain) {
  const MaskRle mask{{3, 5}, {4, 2, 9}};
  JsonWriter json(JsonWriter::Form::line);
  write_mask(json, mask);
  look_at(json.take(), [&](const JsonValue& value) { EXPECT_EQ(read_mask(value), mask); });
  write_box(json, mask);
  EXPECT_EQ(json.take(), "[1,1,1,2]");
}

TEST(MaskJson, PolygonsAreListsOfCoordinates) {
  look_at("[[0, 0, 1.5, 0, 1, 1], []]", [](const JsonValue& value) {
    EXPECT_THAT(read_polygons(value),
                testing::ElementsAre(testing::ElementsAre(0, 0, 1.5, 0, 1, 1), testing::IsEmpty()));
  });
  EXPECT_EQ(refusal_of("[[0, null]]", [](const JsonValue& value) { read_polygons(value); }),
            "expected a number as coordinate of a polygon, found null");
}
