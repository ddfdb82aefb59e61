#include "data/mask_json.h"

#include "data/json_fields.h"
#include "masks/polygon.h"

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

constexpr const char* kPolygonForm =
    "write one list of numbers for each part: [[x1, y1, x2, y2, ...], ...]";

bool are_printed_bytes(std::string_view counts) {
  if (counts.size() < 3 || counts[0] != 'b') return false;
  const char quote = counts[1];
  return (quote == '\'' || quote == '"') && counts.back() == quote;
}

/// The text with one backslash for two; none where a backslash is alone.
std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && (++i == text.size() || text[i] != '\\')) return {};
    result += text[i];
  }
  return result;
}

std::optional<MaskRle> parsed(std::string_view counts, Size size) {
  try {
    return MaskRle::parse(counts, size);
  } catch (const InputError&) {
    return {};
  }
}

std::vector<double> read_part(const JsonValue& part) {
  std::vector<double> points;
  points.reserve(part.count());
  part.entries([&](const JsonValue& coordinate) {
    if (!coordinate.is_number()) unexpected(coordinate, "a number as coordinate of a polygon");
    points.push_back(coordinate.number());
  });
  check_polygon(points);
  return points;
}

bool is_list_of_points(const JsonValue& mask) {
  bool all = mask.count() > 1;
  mask.entries(
      [&](const JsonValue& part) { all = all && part.is(Kind::array) && part.count() == 2; });
  return all;
}

}  // namespace

MaskRle read_mask(const JsonValue& mask) {
  if (!mask.is(Kind::object)) unexpected(mask, "an RLE mask, polygons or null");
  const Size size = read_size(mask);
  const JsonValue counts = required(mask, "counts");
  if (counts.is(Kind::text)) {
    if (are_printed_bytes(counts.text())) {
      throw InputError("the bytes were written as Python prints them, b'...'", "counts",
                       "write counts.decode() instead of str(counts)");
    }
    return MaskRle::parse(counts.text(), size);
  }
  if (!counts.is(Kind::array)) within("counts", [&] { unexpected(counts, "run lengths"); });
  std::vector<int64_t> runs;
  runs.reserve(counts.count());
  each_entry(counts, "counts", [&](const JsonValue& run) { runs.push_back(integer(run)); });
  return MaskRle::of_runs(runs, size);
}

std::optional<MaskRle> read_mask_of_printed_bytes(const JsonValue& mask) {
  const auto counts = mask.is(Kind::object) ? mask.find("counts") : std::nullopt;
  if (!counts || !counts->is(Kind::text) || !are_printed_bytes(counts->text())) return {};
  const Size size = read_size(mask);
  std::string_view text = counts->text();
  text = text.substr(2, text.size() - 3);
  const std::optional<std::string> escaped = unescaped(text);
  const auto as_python = escaped ? parsed(*escaped, size) : std::nullopt,
             as_it_is = parsed(text, size);
  if (as_python && as_it_is && *as_python != *as_it_is) return {};
  return as_python ? as_python : as_it_is;
}

std::vector<std::vector<double>> read_polygons(
    const JsonValue& mask, const std::function<void(const InputError&)>& fault) {
  if (is_list_of_points(mask)) {
    throw InputError("expected the coordinates of a polygon in one list, found a list of points",
                     {}, kPolygonForm);
  }
  std::vector<std::vector<double>> polygons;
  int64_t number = 0;
  mask.entries([&](const JsonValue& part) {
    ++number;
    if (!part.is(Kind::array)) {
      unexpected(part, "a list of the coordinates of a polygon", kPolygonForm);
    }
    try {
      polygons.push_back(read_part(part));
    } catch (InputError& error) {
      if (mask.count() > 1) error.within(cat("part ", number, " of ", mask.count()));
      if (!fault) throw;
      fault(error);
    }
  });
  return polygons;
}

bool look_normalised(const std::vector<std::vector<double>>& polygons) {
  bool fraction = false;
  for (const std::vector<double>& part : polygons) {
    for (const double coordinate : part) {
      if (coordinate < 0 || coordinate > 1) return false;
      fraction = fraction || (coordinate > 0 && coordinate < 1);
    }
  }
  return fraction;
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
