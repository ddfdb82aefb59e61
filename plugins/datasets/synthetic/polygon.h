#pragma once
// Closed polygons (even-odd) as pixels. Pixel (x, y) covers [x, x + 1) x [y, y + 1).

#include <cstddef>
#include <cstdint>
#include <vector>

#include "outline.h"

namespace clipwork::synthetic {

/// A rectangle of pixels: columns [left, right), rows [top, bottom).
struct Area {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool empty() const { return left >= right || top >= bottom; }
};

/// The pixels of a frame that the polygon can touch.
Area bounds(const std::vector<Point>& polygon, int height, int width);

/// Calls `inside(y, x0, x1)` for runs [x0, x1) of pixels whose centres lie inside.
template <class Inside>
void fill(const std::vector<Point>& polygon, int height, int width, Inside inside);

/// Adds `weight` times the covered share of each pixel to `cover` [height, width]; four lines a
/// pixel, exact along each.
void add_cover(const std::vector<Point>& polygon, int height, int width, float weight,
               float* cover);

/// The positions at which the line at height y crosses the polygon, ascending.
void crossings(const std::vector<Point>& polygon, double y, std::vector<double>* xs);

template <class Inside>
void fill(const std::vector<Point>& polygon, int height, int width, Inside inside) {
  const Area area = bounds(polygon, height, width);
  std::vector<double> xs;
  for (int y = area.top; y < area.bottom; ++y) {
    crossings(polygon, y + 0.5, &xs);
    for (size_t i = 0; i + 1 < xs.size(); i += 2) {
      // The first centre at or behind each crossing.
      auto first = [&](double x) {
        if (x <= 0.5) return 0;
        if (x > width - 0.5) return width;
        const int whole = static_cast<int>(x - 0.5);
        return whole + 0.5 < x ? whole + 1 : whole;
      };
      const int begin = first(xs[i]), end = first(xs[i + 1]);
      if (begin < end) inside(y, begin, end);
    }
  }
}

}  // namespace clipwork::synthetic
