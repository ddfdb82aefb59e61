#pragma once
// Light and colour.

#include <clipwork/parameters.h>
#include <clipwork/samples.h>

#include <vector>

namespace clipwork::augment {

/// Brightness, contrast and saturation, each by one factor a clip (detectron2's RandomBrightness,
/// RandomContrast, RandomSaturation, in this order).
class Colour final : public Transform {
 public:
  struct Parameters {
    std::vector<double> brightness = {0.9, 1.1}, contrast = {0.9, 1.1}, saturation = {0.9, 1.1};
    void describe(Describer& d);
  };
  static Contract contract(const Parameters& parameters, const Given&);
  Colour(const Parameters& parameters, const Given&) : parameters_(parameters) {}
  void operator()(Sample& sample, Draw& draw) const override;

 private:
  Parameters parameters_;
};

}  // namespace clipwork::augment
