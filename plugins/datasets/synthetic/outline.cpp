#include "outline.h"

#include "exact.h"

namespace clipwork::synthetic {
namespace {

using Outline = std::vector<Point>;

/// Both sides of a body that lies along x from 1 to -1: `half(x)` is half its width, `spine(x)` its
/// middle.
template <class Half, class Spine>
Outline along(int steps, Half half, Spine spine) {
  Outline points;
  for (int side : {-1, 1}) {
    for (int i = 0; i < steps; ++i) {
      const double x = side * (2.0 * i / steps - 1);
      points.push_back({x, spine(x) + side * -1 * half(x)});
    }
  }
  return points;
}

/// A radius for each direction.
template <class Radius>
Outline around(int steps, Radius radius) {
  Outline points;
  for (int i = 0; i < steps; ++i) {
    const double turn = static_cast<double>(i) / steps, r = radius(i, turn);
    points.push_back({r * cosine(turn), r * sine(turn)});
  }
  return points;
}

/// A smooth closed curve through the points (Catmull-Rom), three steps from each to the next.
Outline rounded(const Outline& points) {
  Outline curve;
  const size_t count = points.size();
  for (size_t i = 0; i < count; ++i) {
    const Point &a = points[(i + count - 1) % count], &b = points[i], &c = points[(i + 1) % count],
                &d = points[(i + 2) % count];
    for (const double u : {0.0, 1.0 / 3, 2.0 / 3}) {
      curve.push_back({through(a.x, b.x, c.x, d.x, u), through(a.y, b.y, c.y, d.y, u)});
    }
  }
  return curve;
}

Outline fish(double build, double phase, double bend) {
  const double girth = 0.46 + 0.16 * build;
  // Nose, upper side, tail; the lower side mirrors the upper.
  const Point upper[] = {{1, 0},        {0.9, 0.36},  {0.7, 0.7},    {0.4, 0.96},
                         {0.1, 1},      {-0.2, 0.82}, {-0.45, 0.48}, {-0.6, 0.26},
                         {-0.78, 0.62}, {-1, 1.02},   {-0.92, 0.5}};
  Outline points;
  for (const Point& p : upper) points.push_back({p.x, -p.y * girth});
  points.push_back({-0.86, 0});
  for (int i = 10; i > 0; --i) points.push_back({upper[i].x, upper[i].y * girth});
  points = rounded(points);
  for (Point& p : points) {
    const double behind = 0.7 - p.x;
    if (behind > 0) p.y += 0.16 * bend * behind * behind * sine(phase + 0.15 * p.x);
  }
  return points;
}

double nodding(double phase, double bend) { return 0.06 * bend * sine(2 * phase); }
double neck_length(double build) { return 0.15 * build; }

Outline beast(double build, double phase, double bend) {
  const double step = 0.2 * bend * sine(phase), nod = nodding(phase, bend);
  const double neck = neck_length(build);
  Outline points = {{0.98, -0.36 - neck + nod},
                    {0.84, -0.62 - neck + nod},
                    {0.7, -0.66 - neck + nod},
                    {0.64, -0.86 - neck + nod},
                    {0.56, -0.62 - neck + nod},
                    {0.42, -0.42},
                    {0.05, -0.36},
                    {-0.4, -0.42},
                    {-0.68, -0.34},
                    {-0.98, -0.66 + 2 * nod},
                    {-0.92, -0.4 + nod},
                    {-0.74, -0.12}};
  const double legs[] = {-0.62, -0.34, 0.2, 0.46};
  const double swing[] = {step, -step, -step, step};
  for (int i = 0; i < 4; ++i) {
    points.push_back({legs[i] - 0.12, 0.16});
    points.push_back({legs[i] - 0.11 + swing[i], 0.82});
    points.push_back({legs[i] + 0.09 + swing[i], 0.82});
    points.push_back({legs[i] + 0.12, 0.2});
  }
  points.push_back({0.64, 0});
  points.push_back({0.72, -0.18 - neck / 2 + nod});
  points.push_back({0.94, -0.16 - neck + nod});
  return rounded(points);
}

Outline crescent(double build, double phase, double bend) {
  const double hollow = 0.5 + 0.14 * build + 0.1 * bend * sine(phase);
  Outline points;
  for (int i = 0; i <= 24; ++i) {
    const double turn = 0.14 + 0.72 * i / 24;
    points.push_back({cosine(turn) + 0.25, sine(turn)});
  }
  // Back from tip to tip along a flatter arc.
  for (int i = 23; i > 0; --i) {
    const double turn = 0.14 + 0.72 * i / 24, tip = cosine(0.14);
    points.push_back({tip + (cosine(turn) - tip) * (1 - hollow) + 0.25, 0.86 * sine(turn)});
  }
  return points;
}

}  // namespace

std::optional<Point> eye(Shape shape, double build, double phase, double bend) {
  if (shape == Shape::fish) return Point{0.66, -0.12};
  if (shape == Shape::beast) return Point{0.76, -0.47 - neck_length(build) + nodding(phase, bend)};
  return {};
}

std::vector<Point> outline(Shape shape, double build, double phase, double bend) {
  switch (shape) {
    case Shape::fish:
      return fish(build, phase, bend);
    case Shape::star: {
      const double inner = 0.42 + 0.14 * build;
      return around(10, [&](int i, double turn) {
        return i % 2 ? inner : 0.94 + 0.14 * bend * sine(phase + 2 * turn);
      });
    }
    case Shape::beast:
      return beast(build, phase, bend);
    case Shape::gear: {
      const double root = 0.7 + 0.1 * build;
      return around(32, [&](int i, double turn) {
        return (i % 4 < 2 ? 1.0 : root) * (1 + 0.12 * bend * sine(phase) * sine(2 * turn));
      });
    }
    case Shape::worm:
      return along(
          20,
          [&](double x) {
            const double end = x * x * x * x;
            return (0.19 + 0.05 * build) * (1 - end * end);
          },
          [&](double x) { return (0.14 + 0.22 * bend) * sine(phase + 0.55 * x); });
    case Shape::leaf:
      return along(
          16, [&](double x) { return (0.48 + 0.14 * build) * (1 - x * x) * (1 - 0.35 * x); },
          [&](double x) { return 0.3 * bend * sine(phase) * (x * x - 0.4); });
    case Shape::crescent:
      return crescent(build, phase, bend);
    case Shape::rock:
      return around(14, [&](int, double turn) {
        return 0.8 + 0.14 * sine(2 * turn + build) + 0.12 * sine(3 * turn + 5 * build);
      });
    case Shape::pillar:
      return {{-1, -50}, {1, -50}, {1.1 + 0.3 * build, 50}, {-1.1 - 0.3 * build, 50}};
  }
  return {};
}

}  // namespace clipwork::synthetic
