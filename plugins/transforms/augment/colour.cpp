#include "colour.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

namespace clipwork::augment {

void Colour::Parameters::describe(Describer& d) {
  d("brightness", brightness, "smallest and largest factor; 1 changes nothing").interval(0, 1000);
  d("contrast", contrast, "smallest and largest factor of the distance from the frame's mean")
      .interval(0, 1000);
  d("saturation", saturation, "smallest and largest factor of the distance from grey")
      .interval(0, 1000);
}

Contract Colour::contract(const Parameters&, const Given&) { return {}; }

void Colour::operator()(Sample& sample, Draw& draw) const {
  const auto factor = [&](const std::vector<double>& limits) {
    return draw.uniform(limits[0], limits[1]);
  };
  const double brightness = factor(parameters_.brightness);
  const double contrast = factor(parameters_.contrast);
  const double saturation = factor(parameters_.saturation);
  // Every step leaves whole bytes, as the public code does.
  const auto bytes = [](const Tensor& values) { return values.clamp(0, 255).to(at::kByte); };
  const Tensor weights = at::tensor({0.299F, 0.587F, 0.114F}, at::kFloat).view({3, 1, 1});
  for (int64_t t = 0; t < sample.frames.size(0); ++t) {
    Tensor frame = bytes(sample.frames[t].to(at::kFloat) * brightness).to(at::kFloat);
    frame = bytes(frame.mean() * (1 - contrast) + frame * contrast).to(at::kFloat);
    const Tensor grey = (frame * weights).sum(0, true);
    sample.frames[t].copy_(bytes(grey * (1 - saturation) + frame * saturation));
  }
}

}  // namespace clipwork::augment
