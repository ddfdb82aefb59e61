#pragma once
// Outlines of objects: closed, moving polygons of about unit radius.

#include <cmath>
#include <optional>
#include <vector>

namespace clipwork::synthetic {

struct Point {
  double x = 0, y = 0;
};

inline double distance(Point a, Point b) {
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

enum class Shape { fish, star, beast, gear, worm, leaf, crescent, rock, pillar };

/// `build` in [0, 1] tells one specimen from another; `phase` in turns is where its motion stands;
/// `bend` from 0 (stiff) to 1 is how far it moves.
std::vector<Point> outline(Shape shape, double build, double phase, double bend);

/// The position of the eye, for shapes with a head.
std::optional<Point> eye(Shape shape, double build, double phase, double bend);

}  // namespace clipwork::synthetic
