#pragma once

#include <ATen/core/Tensor.h>
#include <clipwork/frame.h>

#include <cstdint>
#include <vector>

namespace clipwork::runs {

/// Circles, squares and triangles that move before a plain background, cross and hide each other:
/// four to six of them, chosen by the seed. The same seed gives the same pictures on every machine
/// but for rounding in the last bit of a colour.
class MovingShapes {
 public:
  MovingShapes(Size size, int64_t frames, uint64_t seed);
  /// uint8 RGB [3, H, W].
  Tensor picture(int64_t frame) const;

 private:
  enum class Form { circle, square, triangle };
  struct Shape {
    Form form;
    double radius;
    double x, y, dx,
        dy;  ///< centre at the first frame, and its way a frame; it returns at the edges
    double angle, turn;
    double colour[3];
  };
  Size size_;
  std::vector<Shape> shapes_;  // the last in front
  double background_[2][3];    // above, below
};

}  // namespace clipwork::runs
