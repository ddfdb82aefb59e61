#pragma once
// Turned pictures.

#include <clipwork/parameters.h>
#include <clipwork/samples.h>

#include <array>
#include <vector>

namespace clipwork::augment {

/// The frames of a clip turn round one point by growing or falling angles; their size stays, and
/// what comes in from outside is black (VITA's pseudo clips).
class Rotate final : public Transform {
 public:
  struct Parameters {
    std::vector<double> degrees = {-15, 15}, centre = {0.4, 0.6};
    void describe(Describer& d);
  };
  static Contract contract(const Parameters& parameters, const Given&);
  Rotate(const Parameters& parameters, const Given&) : parameters_(parameters) {}
  void operator()(Sample& sample, Draw& draw) const override;

 private:
  Parameters parameters_;
};

/// A matrix [2, 3] by rows, from target to source pixels.
using Affine = std::array<double, 6>;
/// The matrix of a rotation by `degrees` (counter-clockwise) around a point: OpenCV's
/// getRotationMatrix2D, inverted.
Affine turned(double degrees, double x, double y);
/// OpenCV's warpAffine of 8-bit planes [..., H, W] with zeros outside, to the byte: INTER_LINEAR
/// for pictures (uint8), INTER_NEAREST for masks (bool).
Tensor warp(const Tensor& planes, const Affine& to_source);

}  // namespace clipwork::augment
