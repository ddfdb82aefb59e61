#pragma once
// Parts of pictures.

#include <clipwork/parameters.h>
#include <clipwork/samples.h>

#include <cstdint>
#include <vector>

namespace clipwork::augment {

/// The corner of a crop.
struct Corner {
  int64_t y = 0, x = 0;
};

/// Crops every frame, with masks and boxes, to this size from its corner; the crop must lie inside.
void cut(Sample& sample, const std::vector<Corner>& corners, Size size);

/// A part of every frame, of one size, which moves through the clip: a camera's motion (VITA).
class Crop final : public Transform {
 public:
  struct Parameters {
    std::vector<int64_t> sides = {384, 600};
    bool moving = true;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters& parameters, const Given&);
  Crop(const Parameters& parameters, const Given&) : parameters_(parameters) {}
  void operator()(Sample& sample, Draw& draw) const override;

 private:
  Parameters parameters_;
};

/// Scaled within wide limits, and cut or filled to one size (detectron2's large-scale jitter).
class ScaleCrop final : public Transform {
 public:
  struct Parameters {
    int64_t size = 1024, fill = 128;
    std::vector<double> scales = {0.1, 2.0};
    void describe(Describer& d);
  };
  static Contract contract(const Parameters& parameters, const Given&);
  ScaleCrop(const Parameters& parameters, const Given&) : parameters_(parameters) {}
  void operator()(Sample& sample, Draw& draw) const override;

 private:
  Parameters parameters_;
};

}  // namespace clipwork::augment
