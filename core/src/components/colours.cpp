#include <clipwork/painter.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipwork {
namespace {

/// sRGB of a linear channel.
uint8_t channel(double linear) {
  double value = std::clamp(linear, 0.0, 1.0);
  value = value <= 0.0031308 ? 12.92 * value : 1.055 * std::pow(value, 1 / 2.4) - 0.055;
  return static_cast<uint8_t>(std::lround(255 * value));
}

/// Oklch, where equal steps look equally large, to sRGB (Ottosson 2020).
Colour from_oklch(double lightness, double chroma, double hue) {
  double a = chroma * std::cos(hue), b = chroma * std::sin(hue);
  auto cube = [](double x) { return x * x * x; };
  double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  double m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  double s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
  return {channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

}  // namespace

Colour track_colour(int64_t track) {
  // Steps of the golden angle never meet again, and of any few neighbours all are far apart; three
  // lightnesses tell apart what comes near after many steps.
  constexpr double kGoldenAngle = 137.50776405003785, kFirst = 255;
  constexpr double kLightness[] = {0.70, 0.80, 0.62};
  const auto step = static_cast<uint64_t>(track - 1);
  double hue = std::fmod(kFirst + kGoldenAngle * static_cast<double>(step), 360.0);
  return from_oklch(kLightness[step % 3], 0.17, hue * std::numbers::pi / 180);
}

Colour text_colour(Colour background) {
  double luma = 0.299 * background[0] + 0.587 * background[1] + 0.114 * background[2];
  return luma > 128 ? Colour{0, 0, 0} : Colour{255, 255, 255};
}

std::string hex(Colour colour) { return "#" + hex_digits(colour); }

}  // namespace clipwork
