#include "masks/outlines.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace clipwork {
namespace {

struct Point {
  int64_t x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

/// A closed border; its first point is not repeated at the end.
struct Loop {
  std::vector<Point> points;
  bool hole = false;
  Point top;        ///< a pixel of its highest row; of a hole, whose pixels are background
  size_t part = 0;  ///< the loop that encloses it, itself where it is not a hole
};

enum Direction { east, south, west, north };
constexpr std::array<Point, 4> kSteps = {Point{1, 0}, Point{0, 1}, Point{-1, 0}, Point{0, -1}};

/// Follows the edges between foreground and background, with the foreground on the right: round
/// parts clockwise, round holes the other way.
class Borders {
 public:
  explicit Borders(const MaskRle& mask) : box_(mask.box()), width_(box_.width + 1) {
    if (box_.width == 0) return;
    edges_.resize(static_cast<size_t>(width_ * (box_.height + 1)));
    mark_edges(pixels(mask));
  }

  std::vector<Loop> loops() {
    std::vector<Loop> loops;
    for (size_t start = 0; start < edges_.size(); ++start) {
      // Every loop has an edge to the east, and a part has one above those of its holes.
      if (edges_[start] & unvisited(east)) loops.push_back(follow(start, loops.size()));
    }
    std::sort(left_edges_.begin(), left_edges_.end());
    for (size_t i = 0; i < loops.size(); ++i) loops[i].part = part_of(loops, i);
    return loops;
  }

 private:
  /// The edge down the left side of a pixel, and the loop it belongs to.
  struct LeftEdge {
    int64_t y = 0, x = 0;
    size_t loop = 0;
    auto operator<=>(const LeftEdge&) const = default;
  };

  const Box box_;
  const int64_t width_;         ///< of the grid of corners
  std::vector<uint8_t> edges_;  ///< leaving each corner, a bit a direction; also the unvisited ones
  std::vector<LeftEdge> left_edges_;

  static uint8_t edge(int direction) { return static_cast<uint8_t>(1 << direction); }
  static uint8_t unvisited(int direction) { return static_cast<uint8_t>(16 << direction); }
  size_t corner(int64_t x, int64_t y) const { return static_cast<size_t>(y * width_ + x); }

  /// Those of the box, row by row.
  std::vector<uint8_t> pixels(const MaskRle& mask) const {
    std::vector<uint8_t> pixels(static_cast<size_t>(box_.width * box_.height));
    int64_t position = 0;
    for (size_t run = 0; run < mask.counts.size(); ++run) {
      const int64_t end = position + mask.counts[run];
      for (; run % 2 == 1 && position < end; ++position) {
        const int64_t x = position / mask.size.height - box_.x;
        const int64_t y = position % mask.size.height - box_.y;
        pixels[static_cast<size_t>(y * box_.width + x)] = 1;
      }
      position = end;
    }
    return pixels;
  }

  void mark_edges(const std::vector<uint8_t>& pixels) {
    const auto on = [&](int64_t x, int64_t y) {
      return x >= 0 && y >= 0 && x < box_.width && y < box_.height &&
             pixels[static_cast<size_t>(y * box_.width + x)] != 0;
    };
    const auto mark = [&](int64_t x, int64_t y, int direction) {
      edges_[corner(x, y)] |= static_cast<uint8_t>(edge(direction) | unvisited(direction));
    };
    for (int64_t y = 0; y < box_.height; ++y) {
      for (int64_t x = 0; x < box_.width; ++x) {
        if (!on(x, y)) continue;
        if (!on(x, y - 1)) mark(x, y, east);
        if (!on(x + 1, y)) mark(x + 1, y, south);
        if (!on(x, y + 1)) mark(x + 1, y + 1, west);
        if (!on(x - 1, y)) mark(x, y + 1, north);
      }
    }
  }

  /// Where two loops meet at a corner it turns left, so that pixels that touch are one part.
  int next_direction(size_t at, int direction) const {
    const int left = (direction + 3) % 4;
    if (edges_[at] & edge(left)) return left;
    return edges_[at] & edge(direction) ? direction : (direction + 1) % 4;
  }

  Loop follow(size_t start, size_t index) {
    Loop loop;
    Point at{static_cast<int64_t>(start) % width_, static_cast<int64_t>(start) / width_};
    loop.top = at;
    int direction = east;
    int64_t area = 0;  // twice; negative where it is followed the other way round
    do {
      edges_[corner(at.x, at.y)] &= static_cast<uint8_t>(~unvisited(direction));
      const Point step = kSteps[static_cast<size_t>(direction)];
      const Point next{at.x + step.x, at.y + step.y};
      area += at.x * next.y - next.x * at.y;
      if (direction == north) left_edges_.push_back({next.y, next.x, index});
      if (direction == west && next.y < loop.top.y) loop.top = next;
      const int before = direction;
      at = next;
      direction = next_direction(corner(at.x, at.y), direction);
      if (direction != before) loop.points.push_back({at.x + box_.x, at.y + box_.y});
    } while (corner(at.x, at.y) != start || direction != east);
    // The start is the last corner that was met.
    std::rotate(loop.points.begin(), loop.points.end() - 1, loop.points.end());
    loop.hole = area < 0;
    return loop;
  }

  /// A hole belongs to the part of the pixel above its top. The row of that pixel begins with an
  /// edge of the part, or of another hole of it, which lies higher.
  size_t part_of(const std::vector<Loop>& loops, size_t loop) const {
    while (loops[loop].hole) {
      const LeftEdge last{loops[loop].top.y - 1, loops[loop].top.x, loops.size()};
      loop = std::prev(std::upper_bound(left_edges_.begin(), left_edges_.end(), last))->loop;
    }
    return loop;
  }
};

/// Douglas and Peucker's rule for the points between two that stay, which are marked in `keep`.
void straighten(const std::vector<Point>& points, size_t first, size_t last, double tolerance,
                std::vector<uint8_t>& keep) {
  std::vector<std::pair<size_t, size_t>> open = {{first, last}};
  while (!open.empty()) {
    const auto [a, b] = open.back();
    open.pop_back();
    const double dx = static_cast<double>(points[b].x - points[a].x);
    const double dy = static_cast<double>(points[b].y - points[a].y);
    const double length = std::hypot(dx, dy);
    double most = tolerance;
    size_t furthest = 0;
    for (size_t i = a + 1; i < b; ++i) {
      const double px = static_cast<double>(points[i].x - points[a].x);
      const double py = static_cast<double>(points[i].y - points[a].y);
      const double distance =
          length > 0 ? std::abs(dx * py - dy * px) / length : std::hypot(px, py);
      if (distance > most) {
        most = distance;
        furthest = i;
      }
    }
    if (furthest == 0) continue;
    keep[furthest] = 1;
    open.emplace_back(a, furthest);
    open.emplace_back(furthest, b);
  }
}

/// Stretches of a border are straightened one by one, so that a long one takes time in proportion
/// to its length.
std::vector<Point> straightened(std::vector<Point> points, double tolerance) {
  constexpr size_t kStretch = 256;
  if (tolerance <= 0 || points.size() <= 4) return points;
  points.push_back(points.front());
  std::vector<uint8_t> keep(points.size());
  // A short border has two stretches at least: there is no line from a point to itself.
  const size_t stretch = std::min(kStretch, (points.size() - 1) / 2);
  for (size_t first = 0; first + 1 < points.size();) {
    const size_t last = std::min(first + stretch, points.size() - 1);
    keep[first] = keep[last] = 1;
    straighten(points, first, last, tolerance, keep);
    first = last;
  }
  std::vector<Point> kept;
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    if (keep[i]) kept.push_back(points[i]);
  }
  if (kept.size() >= 3) return kept;
  points.pop_back();
  return points;
}

void append(Polygon& polygon, Point point) {
  polygon.push_back(static_cast<double>(point.x));
  polygon.push_back(static_cast<double>(point.y));
}

/// From each loop to the next there is a slit, along which the polygon goes back at the end: what
/// lies inside is decided by crossings, and those of a slit cancel out.
Polygon joined(const std::vector<std::vector<Point>>& loops) {
  Polygon polygon;
  for (const std::vector<Point>& loop : loops) {
    for (const Point& point : loop) append(polygon, point);
    if (loops.size() > 1) append(polygon, loop.front());
  }
  for (size_t i = loops.size(); i-- > 2;) append(polygon, loops[i - 1].front());
  return polygon;
}

}  // namespace

std::vector<Polygon> outlines(const MaskRle& mask, double tolerance) {
  std::vector<Loop> loops = Borders(mask).loops();
  std::vector<std::vector<std::vector<Point>>> parts(loops.size());
  for (Loop& loop : loops) {
    parts[loop.part].push_back(straightened(std::move(loop.points), tolerance));
  }
  std::vector<Polygon> polygons;
  for (const auto& part : parts) {
    if (!part.empty()) polygons.push_back(joined(part));
  }
  return polygons;
}

Polygon joined_outline(const MaskRle& mask, double tolerance) {
  std::vector<std::vector<Point>> all;
  for (Loop& loop : Borders(mask).loops()) {
    all.push_back(straightened(std::move(loop.points), tolerance));
  }
  return joined(all);
}

}  // namespace clipwork
