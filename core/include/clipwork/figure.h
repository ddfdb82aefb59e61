#pragma once
// A drawing of lines and words, as SVG or, through a painter, as PNG.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace clipwork {

/// Red, green, blue.
using Colour = std::array<uint8_t, 3>;

/// A drawing of lines and words. Lengths are pixels, from the upper left corner.
struct Figure {
  struct Point {
    double x = 0, y = 0;
  };
  struct Line {
    std::vector<Point> points;
    Colour colour = {0, 0, 0};
    double width = 1;
    double opacity = 1;
    bool dots = false;  ///< a dot at every point
  };
  struct Text {
    Point at;  ///< of the baseline
    std::string text;
    enum class Anchor { start, middle, end } anchor = Anchor::start;
    Colour colour = {0, 0, 0};
    double size = 12;
    bool bold = false;
  };
  double width = 0, height = 0;
  std::vector<Line> lines;  ///< the last on top
  std::vector<Text> texts;  ///< on top of all lines

  /// A whole SVG file, on white.
  std::string svg() const;
};

}  // namespace clipwork
