#include "box_motion.h"

#include <algorithm>

namespace byte_track {

namespace {

// Deviations of positions and velocities, as shares of the box's height. Those of the aspect ratio
// do not depend on it.
constexpr double kPosition = 1. / 20, kVelocity = 1. / 160;
constexpr double kAspectPosition = 1e-2, kAspectVelocity = 1e-5, kAspectMeasured = 1e-1;

double square(double value) { return value * value; }

std::array<double, 4> measured(const Corners& box) {
  const double width = box.right - box.left, height = box.bottom - box.top;
  return {box.left + width / 2, box.top + height / 2, width / height, height};
}

}  // namespace

double overlap(const Corners& a, const Corners& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left) + 1;
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top) + 1;
  if (width <= 0 || height <= 0) return 0;
  auto area = [](const Corners& box) {
    return (box.right - box.left + 1) * (box.bottom - box.top + 1);
  };
  return width * height / (area(a) + area(b) - width * height);
}

void BoxMotion::Coordinate::predict(double position_deviation, double velocity_deviation) {
  position += velocity;
  of_position += 2 * of_both + of_velocity + square(position_deviation);
  of_both += of_velocity;
  of_velocity += square(velocity_deviation);
}

void BoxMotion::Coordinate::update(double measurement, double deviation) {
  const double variance = of_position + square(deviation);
  const double gain = of_position / variance, velocity_gain = of_both / variance;
  const double innovation = measurement - position;
  position += gain * innovation;
  velocity += velocity_gain * innovation;
  of_position -= gain * gain * variance;
  of_both -= gain * velocity_gain * variance;
  of_velocity -= velocity_gain * velocity_gain * variance;
}

BoxMotion::BoxMotion(const Corners& detected) {
  const std::array<double, 4> box = measured(detected);
  const double height = box[kHeight];
  for (int i = 0; i < 4; ++i) {
    coordinates_[i].position = box[i];
    coordinates_[i].of_position = square(i == kAspect ? kAspectPosition : 2 * kPosition * height);
    coordinates_[i].of_velocity = square(i == kAspect ? kAspectVelocity : 10 * kVelocity * height);
  }
}

void BoxMotion::predict(bool keeps_height) {
  if (keeps_height) coordinates_[kHeight].velocity = 0;
  const double height = coordinates_[kHeight].position;
  for (int i = 0; i < 4; ++i) {
    coordinates_[i].predict(i == kAspect ? kAspectPosition : kPosition * height,
                            i == kAspect ? kAspectVelocity : kVelocity * height);
  }
}

void BoxMotion::update(const Corners& detected) {
  const std::array<double, 4> box = measured(detected);
  const double height = coordinates_[kHeight].position;
  for (int i = 0; i < 4; ++i) {
    coordinates_[i].update(box[i], i == kAspect ? kAspectMeasured : kPosition * height);
  }
}

Corners BoxMotion::corners() const {
  const double height = coordinates_[kHeight].position;
  const double width = coordinates_[kAspect].position * height;
  const double left = coordinates_[0].position - width / 2;
  const double top = coordinates_[1].position - height / 2;
  return {left, top, left + width, top + height};
}

}  // namespace byte_track
