#include "masks/polygon.h"

#include <clipwork/error.h>
#include <clipwork/mask_rle.h>

#include <algorithm>
#include <cmath>

#include "masks/run_builder.h"

namespace clipwork {
namespace {

constexpr double kFurthest = 1e5;

/// The boundary of a polygon as the reference draws it: in steps on a grid of five points a pixel.
/// When it moves to the next grid column, and that is the middle of a pixel column, inside and
/// outside change at the pixel below. Only those places are visited, so that an edge costs no more
/// than the columns of the mask, however far it reaches out.
class Outline {
 public:
  Outline(const std::vector<double>& polygon, Size size) : polygon_(polygon), size_(size) {}

  int64_t crossings() const {
    int64_t count = 0;
    edges([&](int x0, int, int x1, int) {
      const Columns columns = columns_between(x0, x1);
      count += columns.end - columns.begin;
    });
    return count;
  }
  /// The places where inside and outside change, in the order of run lengths.
  std::vector<uint32_t> draw() {
    crossings_.reserve(static_cast<size_t>(crossings()));
    edges([&](int x0, int y0, int x1, int y1) { edge(x0, y0, x1, y1); });
    return sorted();
  }

 private:
  static constexpr int kScale = 5, kMiddle = 2;
  struct Columns {
    int64_t begin, end;
  };

  static int grid(double coordinate) { return static_cast<int>(kScale * coordinate + .5); }
  static int rounded(int from, double slope, int step) {
    return static_cast<int>(from + slope * step + .5);
  }

  template <class Edge>
  void edges(const Edge& edge) const {
    const size_t points = polygon_.size() / 2;
    for (size_t p = 0; p < points; ++p) {
      const size_t next = p + 1 == points ? 0 : p + 1;
      edge(grid(polygon_[2 * p]), grid(polygon_[2 * p + 1]), grid(polygon_[2 * next]),
           grid(polygon_[2 * next + 1]));
    }
  }

  /// The pixel columns whose middles are passed: a step goes from grid column u to u + 1, or back.
  Columns columns_between(int x0, int x1) const {
    const auto first_behind = [&](int64_t x) {
      return std::clamp<int64_t>(x <= kMiddle ? 0 : (x - kMiddle + kScale - 1) / kScale, 0,
                                 size_.width);
    };
    return {first_behind(std::min(x0, x1)), first_behind(std::max(x0, x1))};
  }

  void edge(int x0, int y0, int x1, int y1) {
    const Columns columns = columns_between(x0, x1);
    if (columns.begin == columns.end) return;
    const int across = std::abs(x1 - x0), down = std::abs(y1 - y0);
    const bool flat = across >= down;
    if (flat ? x0 > x1 : y0 > y1) {
      std::swap(x0, x1);
      std::swap(y0, y1);
    }
    const double slope =
        flat ? static_cast<double>(y1 - y0) / across : static_cast<double>(x1 - x0) / down;
    for (int64_t column = columns.begin; column < columns.end; ++column) {
      const int u = static_cast<int>(column * kScale + kMiddle);
      if (flat) {
        cross(column, std::min(rounded(y0, slope, u - x0), rounded(y0, slope, u - x0 + 1)));
      } else {
        steep(column, u, x0, y0, slope, down);
      }
    }
  }

  /// Along a steep edge steps go down, and a few of them aside as well.
  void steep(int64_t column, int u, int x0, int y0, double slope, int down) {
    auto aside = [&](int step) { return (rounded(x0, slope, step) > u) == (slope > 0); };
    int before = 0, after = down;
    if (aside(before) || !aside(after)) return;
    while (after - before > 1) {
      const int middle = before + (after - before) / 2;
      (aside(middle) ? after : before) = middle;
    }
    cross(column, y0 + before);
  }

  void cross(int64_t column, int v) {
    double y = (v + .5) / kScale - .5;
    y = std::ceil(std::clamp(y, 0.0, static_cast<double>(size_.height)));
    crossings_.push_back(static_cast<uint32_t>(column * size_.height + static_cast<int64_t>(y)));
  }

  /// Ascending: by column first, as there are many columns and few crossings in each.
  std::vector<uint32_t> sorted() const {
    if (crossings_.empty()) return {};
    const auto height = static_cast<uint32_t>(size_.height);
    const auto [least, most] = std::minmax_element(crossings_.begin(), crossings_.end());
    const uint32_t first = *least / height;
    std::vector<size_t> begins(*most / height - first + 2);
    for (const uint32_t crossing : crossings_) ++begins[crossing / height - first + 1];
    for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    std::vector<size_t> next = begins;
    std::vector<uint32_t> result(crossings_.size());
    for (const uint32_t crossing : crossings_) result[next[crossing / height - first]++] = crossing;
    for (size_t i = 0; i + 1 < begins.size(); ++i) {
      std::sort(result.begin() + static_cast<std::ptrdiff_t>(begins[i]),
                result.begin() + static_cast<std::ptrdiff_t>(begins[i + 1]));
    }
    return result;
  }

  const std::vector<double>& polygon_;
  Size size_;
  std::vector<uint32_t> crossings_;
};

/// Pixels [begin, end) in the order of run lengths.
struct Stretch {
  uint32_t begin, end;
  bool operator<(const Stretch& other) const { return begin < other.begin; }
};

/// Adds what a polygon encloses.
void enclose(const std::vector<double>& polygon, Size size, std::vector<Stretch>& inside) {
  check_polygon(polygon);
  if (size.height == 0 || size.width == 0) return;
  Outline outline(polygon, size);
  if (const int64_t crossings = outline.crossings(); crossings > kMostCrossings) {
    throw InputError(cat("the edges of a polygon cross ", crossings,
                         " pixel columns, expected at most ", kMostCrossings));
  }
  const std::vector<uint32_t> changes = outline.draw();
  const auto pixels = static_cast<uint32_t>(size.height * size.width);
  for (size_t i = 0; i < changes.size(); i += 2) {
    inside.push_back({changes[i], i + 1 < changes.size() ? changes[i + 1] : pixels});
  }
}

}  // namespace

void check_polygon(const std::vector<double>& polygon) {
  if (polygon.size() % 2) throw InputError("a polygon has an odd number of coordinates");
  if (polygon.size() < 6) {
    throw InputError(cat("a polygon has ", polygon.size() / 2, " points, expected at least three"));
  }
  for (const double coordinate : polygon) {
    if (!(std::abs(coordinate) <= kFurthest)) {
      throw InputError(cat("a polygon has the coordinate ", coordinate,
                           ", expected one between -100000 and 100000"));
    }
  }
}

int64_t crossings_of(const std::vector<double>& polygon, Size size) {
  return size.width > 0 ? Outline(polygon, size).crossings() : 0;
}

MaskRle MaskRle::of_polygons(const std::vector<std::vector<double>>& polygons, Size size) {
  RunBuilder builder(size);
  std::vector<Stretch> inside;
  for (const std::vector<double>& polygon : polygons) enclose(polygon, size, inside);
  // Those of a single polygon are in order.
  if (polygons.size() > 1) std::sort(inside.begin(), inside.end());
  uint32_t at = 0;
  for (const Stretch& stretch : inside) {
    if (stretch.end <= at) continue;
    const uint32_t begin = std::max(stretch.begin, at);
    builder.add(begin - at, false);
    builder.add(stretch.end - begin, true);
    at = stretch.end;
  }
  return builder.done();
}

}  // namespace clipwork
