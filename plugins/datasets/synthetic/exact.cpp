#include "exact.h"

#include <cmath>

namespace clipwork::synthetic {
namespace {

float lattice(int32_t x, int32_t y, uint32_t seed) {
  uint32_t value = static_cast<uint32_t>(x) * 0x9e3779b1u ^ static_cast<uint32_t>(y) * 0x85ebca77u;
  value = (value ^ seed) * 0xc2b2ae3du;
  value = (value ^ (value >> 15)) * 0x27d4eb2fu;
  value ^= value >> 13;
  return static_cast<float>(value >> 8) * 0x1p-24f;
}

float eased(float t) { return t * t * (3 - 2 * t); }

}  // namespace

double sine(double turns) {
  double x = turns - std::floor(turns + 0.5);
  if (x > 0.25) x = 0.5 - x;
  if (x < -0.25) x = -0.5 - x;
  // Taylor's series of sin(2 pi x) for |x| <= 1/4.
  const double y = 6.283185307179586 * x, z = y * y;
  return y *
         (1 - z * (1.0 / 6) *
                  (1 - z * (1.0 / 20) *
                           (1 - z * (1.0 / 42) * (1 - z * (1.0 / 72) * (1 - z * (1.0 / 110))))));
}

double cosine(double turns) { return sine(turns + 0.25); }

float noise(float x, float y, uint32_t seed) {
  const float left = std::floor(x), top = std::floor(y);
  const float across = eased(x - left), down = eased(y - top);
  const auto i = static_cast<int32_t>(left), j = static_cast<int32_t>(top);
  const float a = lattice(i, j, seed), b = lattice(i + 1, j, seed);
  const float c = lattice(i, j + 1, seed), d = lattice(i + 1, j + 1, seed);
  const float above = a + across * (b - a), below = c + across * (d - c);
  return above + down * (below - above);
}

}  // namespace clipwork::synthetic
