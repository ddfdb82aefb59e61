#include "texture.h"

#include <algorithm>
#include <cmath>

#include "exact.h"

namespace clipwork::synthetic {
namespace {

float wave(float turns) { return static_cast<float>(sine(turns)); }
float centred(float x) { return x - std::floor(x) - 0.5f; }

}  // namespace

Colour hsv(double hue, double saturation, double value) {
  auto channel = [&](double offset) {
    double k = offset + 6 * (hue - std::floor(hue));
    if (k >= 6) k -= 6;
    return static_cast<float>(value -
                              value * saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0));
  };
  return {channel(5), channel(3), channel(1)};
}

Colour Texture::at(float x, float y) const {
  float u = x * frequency, v = y * frequency;
  if (warp > 0) {
    const float across = noise(0.45f * u, 0.45f * v, seed + 3) - 0.5f;
    const float down = noise(0.45f * u, 0.45f * v, seed + 4) - 0.5f;
    u += warp * across, v += warp * down;
  }
  float level = 0;  // from -1 to 1
  switch (pattern) {
    case Pattern::stripes:
      level = wave(u + phase);
      break;
    case Pattern::dots: {
      const float row = std::floor(v);
      const float a = centred(u + 0.5f * row), b = centred(v);
      level = 6 * (0.3f - std::sqrt(a * a + b * b));
      break;
    }
    case Pattern::rings:
      level = wave(std::sqrt(u * u + v * v) + phase);
      break;
    case Pattern::checks:
      level = 2 * wave(0.5f * u + phase) * wave(0.5f * v + phase);
      break;
    case Pattern::marble:
      level = wave(0.4f * u + 2.2f * noise(1.1f * u, 1.1f * v, seed));
      break;
    case Pattern::grass:
      level =
          3 * (noise(3 * u, 0.6f * v, seed) - 0.5f) + noise(0.4f * u, 0.4f * v, seed + 1) - 0.5f;
      break;
    case Pattern::clouds: {
      // Each octave on a lattice that is turned against the one before, or their squares would
      // show.
      const float a = 0.8f * u - 0.6f * v, b = 0.6f * u + 0.8f * v;
      level = 1.6f * (noise(0.5f * u, 0.5f * v, seed) - 0.5f) +
              1.0f * (noise(1.3f * a, 1.3f * b, seed + 1) - 0.5f) +
              0.6f * (noise(2.5f * a - 1.9f * b, 1.9f * a + 2.5f * b, seed + 2) - 0.5f);
      return mixed(first, second, std::clamp(0.5f + 0.7f * level, 0.0f, 1.0f));
    }
  }
  return mixed(first, second, std::clamp(0.5f + level, 0.0f, 1.0f));
}

}  // namespace clipwork::synthetic
