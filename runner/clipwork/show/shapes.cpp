#include "show/shapes.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace clipwork::runs {
namespace {

/// Numbers that are the same with every standard library, unlike its distributions.
class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53;
  }

 private:
  std::mt19937_64 engine_;
};

/// The position of an object that moves from `start` and bounces at both ends of [low, high].
double bounced(double start, double way, double low, double high) {
  const double length = high - low;
  double place = std::fmod(start + way - low, 2 * length);
  if (place < 0) place += 2 * length;
  return low + (place < length ? place : 2 * length - place);
}

double channel_of_hue(double hue, double offset, double saturation, double value) {
  const double k = std::fmod(offset + hue * 6, 6);
  return value - value * saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0);
}

}  // namespace

MovingShapes::MovingShapes(Size size, int64_t frames, uint64_t seed) : size_(size) {
  Draw draw(seed);
  const auto width = static_cast<double>(size.width), height = static_cast<double>(size.height);
  const double shorter = std::min(width, height);
  const int count = 4 + static_cast<int>(draw.between(0, 3));
  for (int i = 0; i < count; ++i) {
    Shape shape{};
    shape.form = static_cast<Form>(i % 3);
    shape.radius = shorter * draw.between(0.11, 0.2);
    // Each starts on a circle round the centre and passes near the centre about half way: so they
    // cross there.
    const double start = 2 * std::numbers::pi * (i + draw.between(-0.2, 0.2)) / count;
    shape.x = width * (0.5 + 0.4 * std::cos(start));
    shape.y = height * (0.5 + 0.36 * std::sin(start));
    const double half = static_cast<double>(std::max<int64_t>(frames, 2)) / draw.between(1.7, 2.6);
    shape.dx = (width * draw.between(0.42, 0.58) - shape.x) / half;
    shape.dy = (height * draw.between(0.4, 0.6) - shape.y) / half;
    shape.angle = draw.between(0, 2 * std::numbers::pi);
    shape.turn = draw.between(-0.04, 0.04);
    const double hue = (i + draw.between(0.0, 0.5)) / count;
    for (int c = 0; c < 3; ++c) {
      const double offsets[] = {5, 3, 1};
      shape.colour[c] = 255 * channel_of_hue(hue, offsets[c], 0.72, 0.92);
    }
    shapes_.push_back(shape);
  }
  for (auto& row : background_) {
    for (double& value : row) value = draw.between(60, 150);
  }
}

Tensor MovingShapes::picture(int64_t frame) const {
  Tensor picture = at::empty({3, size_.height, size_.width}, at::kByte);
  uint8_t* pixels = picture.data_ptr<uint8_t>();
  const int64_t plane = size_.height * size_.width;
  const auto t = static_cast<double>(frame);

  struct Placed {
    const Shape& shape;
    double x, y, cos, sin;
  };
  std::vector<Placed> placed;
  for (const Shape& shape : shapes_) {
    const double margin = 0.6 * shape.radius, angle = shape.angle + t * shape.turn;
    placed.push_back(
        {shape, bounced(shape.x, t * shape.dx, margin, static_cast<double>(size_.width) - margin),
         bounced(shape.y, t * shape.dy, margin, static_cast<double>(size_.height) - margin),
         std::cos(angle), std::sin(angle)});
  }

  /// The distance of a point from the edge of the form, in pixels; negative inside.
  auto distance = [](const Placed& at, double px, double py) {
    const double r = at.shape.radius;
    const double x = at.cos * px + at.sin * py, y = at.cos * py - at.sin * px;
    switch (at.shape.form) {
      case Form::circle:
        return std::hypot(x, y) - r;
      case Form::square:
        return std::max(std::abs(x), std::abs(y)) - 0.82 * r;
      case Form::triangle:
        break;
    }
    // Three half planes.
    const double slope = std::numbers::sqrt3 / 2;
    return std::max({y - r / 2, slope * x - y / 2 - r / 2, -slope * x - y / 2 - r / 2});
  };

  for (int64_t y = 0; y < size_.height; ++y) {
    const double down = static_cast<double>(y) / static_cast<double>(size_.height);
    for (int64_t x = 0; x < size_.width; ++x) {
      double colour[3];
      for (int c = 0; c < 3; ++c) {
        colour[c] = background_[0][c] + down * (background_[1][c] - background_[0][c]);
      }
      for (const Placed& at : placed) {
        const double px = static_cast<double>(x) - at.x, py = static_cast<double>(y) - at.y;
        const double reach = 1.3 * at.shape.radius;
        if (std::abs(px) > reach || std::abs(py) > reach) continue;
        const double cover = std::clamp(0.5 - distance(at, px, py), 0.0, 1.0);
        // Lit from above.
        const double light = 1 - 0.25 * py / at.shape.radius;
        for (int c = 0; c < 3; ++c) {
          colour[c] += cover * (std::min(255.0, light * at.shape.colour[c]) - colour[c]);
        }
      }
      for (int c = 0; c < 3; ++c) {
        pixels[c * plane + y * size_.width + x] = static_cast<uint8_t>(std::lround(colour[c]));
      }
    }
  }
  return picture;
}

}  // namespace clipwork::runs
