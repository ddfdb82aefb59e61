#include "data/mask_json.h"

#include "data/json_fields.h"

namespace clipwork {

using Kind = JsonValue::Kind;

namespace {

Size read_size(const JsonValue& mask) {
  const JsonValue size = required(mask, "size");
  return within("size", [&]() -> Size {
    if (!size.is(Kind::array) || size.count() != 2) unexpected(size, "[height, width]");
    std::vector<int64_t> sides;
    size.entries([&](const JsonValue& side) { sides.push_back(integer(side)); });
    return {sides[0], sides[1]};
  });
}

}  // namespace

MaskRle read_mask(const JsonValue& mask) {
  if (!mask.is(Kind::object)) unexpected(mask, "an RLE mask, polygons or null");
  const Size size = read_size(mask);
  const JsonValue counts = required(mask, "counts");
  if (counts.is(Kind::text)) return MaskRle::parse(counts.text(), size);
  if (!counts.is(Kind::array)) within("counts", [&] { unexpected(counts, "run lengths"); });
  std::vector<int64_t> runs;
  runs.reserve(counts.count());
  each_entry(counts, "counts", [&](const JsonValue& run) { runs.push_back(integer(run)); });
  return MaskRle::of_runs(runs, size);
}

std::vector<std::vector<double>> read_polygons(const JsonValue& mask) {
  std::vector<std::vector<double>> polygons;
  mask.entries([&](const JsonValue& part) {
    if (!part.is(Kind::array)) unexpected(part, "a list of the coordinates of a polygon");
    std::vector<double>& points = polygons.emplace_back();
    points.reserve(part.count());
    part.entries([&](const JsonValue& coordinate) {
      if (!coordinate.is_number()) unexpected(coordinate, "a number as coordinate of a polygon");
      points.push_back(coordinate.number());
    });
  });
  return polygons;
}

void write_mask(JsonWriter& json, const MaskRle& mask) {
  json.begin_object();
  json.begin_array("size");
  json.value(mask.size.height);
  json.value(mask.size.width);
  json.end_array();
  json.member("counts", mask.compressed());
  json.end_object();
}

void write_box(JsonWriter& json, const MaskRle& mask) {
  const Box box = mask.box();
  json.begin_array();
  for (const int64_t value : {box.x, box.y, box.width, box.height}) json.value(value);
  json.end_array();
}

}  // namespace clipwork
