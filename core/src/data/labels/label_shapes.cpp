#include "data/labels/label_shapes.h"

#include <clipwork/error.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <utility>

#include "data/json_fields.h"

namespace clipwork {
namespace {

constexpr size_t kMostCorners = 100'000;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

template <class T>
std::optional<T> parse(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace

Polygon rectangle(double x0, double y0, double x1, double y1) {
  return {x0, y0, x1, y0, x1, y1, x0, y1};
}

Polygon ellipse(double x, double y, double radius_x, double radius_y) {
  const double around = std::numbers::pi * (std::abs(radius_x) + std::abs(radius_y));
  const int corners = static_cast<int>(std::clamp(around / 2, 16.0, 720.0));
  Polygon polygon;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * i / corners;
    polygon.push_back(x + radius_x * std::cos(angle));
    polygon.push_back(y + radius_y * std::sin(angle));
  }
  return polygon;
}

Polygon turned(Polygon polygon, double degrees, double x, double y) {
  if (degrees == 0) return polygon;
  const double angle = degrees * std::numbers::pi / 180;
  const double cosine = std::cos(angle), sine = std::sin(angle);
  for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
    const double dx = polygon[i] - x, dy = polygon[i + 1] - y;
    polygon[i] = x + cosine * dx - sine * dy;
    polygon[i + 1] = y + sine * dx + cosine * dy;
  }
  return polygon;
}

Polygon between(const Polygon& from, const Polygon& to, double share) {
  Polygon polygon = from;
  for (size_t i = 0; i < polygon.size(); ++i) polygon[i] += share * (to[i] - from[i]);
  return polygon;
}

MaskRle mask_of(Polygon polygon, Size size) {
  if (polygon.size() > 2 * kMostCorners) {
    throw InputError(cat("a polygon has ", polygon.size() / 2, " corners, more than the ",
                         kMostCorners, " that are read"));
  }
  MaskRle mask = MaskRle::of_polygons({std::move(polygon)}, size);
  if (mask.empty()) {
    throw InputError(
        cat("the shape covers no pixel of the picture of ", size.width, " x ", size.height));
  }
  return mask;
}

Polygon read_points(const JsonValue& points) {
  Polygon polygon;
  each_entry(points, "points", [&](const JsonValue& point) {
    if (!point.is(JsonValue::Kind::array) || point.count() != 2) unexpected(point, "[x, y]");
    point.entries([&](const JsonValue& coordinate) {
      if (!coordinate.is_number()) unexpected(coordinate, "a number as coordinate");
      polygon.push_back(coordinate.number());
    });
  });
  return polygon;
}

std::optional<double> parse_real(std::string_view text) { return parse<double>(text); }
std::optional<int64_t> parse_integer(std::string_view text) { return parse<int64_t>(text); }

std::vector<std::string_view> split_text(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  if (trimmed(text).empty()) return parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(trimmed(text.substr(0, at)));
    if (at == text.npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words = split_text(text, ' ');
  std::erase_if(words, [](std::string_view word) { return word.empty(); });
  return words;
}

}  // namespace clipwork
