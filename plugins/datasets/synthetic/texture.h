#pragma once
// Textures of surfaces: mixtures of two colours.

#include <cstdint>

namespace clipwork::synthetic {

struct Colour {
  float red = 0, green = 0, blue = 0;  ///< 0 to 1
};

inline Colour mixed(const Colour& a, const Colour& b, float share) {
  return {a.red + share * (b.red - a.red), a.green + share * (b.green - a.green),
          a.blue + share * (b.blue - a.blue)};
}

/// Hue in turns; saturation and value 0 to 1.
Colour hsv(double hue, double saturation, double value);

enum class Pattern { stripes, dots, rings, checks, marble, grass, clouds };

struct Texture {
  Pattern pattern = Pattern::stripes;
  float frequency = 1;  ///< repetitions a unit
  float phase = 0;      ///< turns
  float warp = 0;       ///< how far noise moves what would be straight, in repetitions
  uint32_t seed = 0;    ///< of patterns made of noise
  Colour first, second;

  Colour at(float x, float y) const;
};

}  // namespace clipwork::synthetic
