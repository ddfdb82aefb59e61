#include "polygon.h"

#include <algorithm>
#include <cmath>

namespace clipwork::synthetic {

Area bounds(const std::vector<Point>& polygon, int height, int width) {
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (const Point& p : polygon) {
    left = std::min(left, p.x), right = std::max(right, p.x);
    top = std::min(top, p.y), bottom = std::max(bottom, p.y);
  }
  auto clipped = [](double value, int most) {
    return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(most)));
  };
  return {clipped(std::floor(left), width), clipped(std::floor(top), height),
          clipped(std::floor(right) + 1, width), clipped(std::floor(bottom) + 1, height)};
}

void crossings(const std::vector<Point>& polygon, double y, std::vector<double>* xs) {
  xs->clear();
  for (size_t i = 0; i < polygon.size(); ++i) {
    const Point &a = polygon[i], &b = polygon[i + 1 < polygon.size() ? i + 1 : 0];
    if ((a.y <= y) != (b.y <= y)) xs->push_back(a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y));
  }
  std::sort(xs->begin(), xs->end());
}

void add_cover(const std::vector<Point>& polygon, int height, int width, float weight,
               float* cover) {
  constexpr int kLines = 4;
  const Area area = bounds(polygon, height, width);
  const float line = weight / kLines;
  std::vector<double> xs;
  for (int y = area.top; y < area.bottom; ++y) {
    float* row = cover + static_cast<int64_t>(y) * width;
    for (int k = 0; k < kLines; ++k) {
      crossings(polygon, y + (k + 0.5) / kLines, &xs);
      for (size_t i = 0; i + 1 < xs.size(); i += 2) {
        const double begin = std::clamp(xs[i], 0.0, static_cast<double>(width));
        const double end = std::clamp(xs[i + 1], 0.0, static_cast<double>(width));
        for (int x = static_cast<int>(begin); x < end; ++x) {
          const double share = std::min<double>(end, x + 1) - std::max<double>(begin, x);
          row[x] += line * static_cast<float>(share);
        }
      }
    }
  }
}

}  // namespace clipwork::synthetic
