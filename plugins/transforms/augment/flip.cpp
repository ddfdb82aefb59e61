#include "flip.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/flip.h>

namespace clipwork::augment {

void Flip::Parameters::describe(Describer& d) {
  d("probability", probability, "probability of a flip").range(0, 1);
  d("per", per, {{"clip", Per::clip}, {"frame", Per::frame}},
    "drawn once per clip, or for every frame");
}

namespace {

void flip_frame(Sample& sample, int64_t t) {
  const auto width = static_cast<float>(sample.frames.size(3));
  sample.frames[t].copy_(sample.frames[t].flip({2}));
  Tensor masks = sample.targets.masks.select(1, t);
  masks.copy_(masks.flip({2}));
  if (!sample.targets.boxes.defined()) return;
  Tensor boxes = sample.targets.boxes.select(1, t);
  const Tensor left = width - boxes.select(1, 2), right = width - boxes.select(1, 0);
  const Tensor there = sample.targets.ids.select(1, t).ge(0);
  boxes.select(1, 0).copy_(left * there);
  boxes.select(1, 2).copy_(right * there);
}

}  // namespace

void Flip::operator()(Sample& sample, Draw& draw) const {
  const bool whole = parameters_.per == Parameters::Per::clip;
  bool flipped = draw.chance(parameters_.probability);
  for (int64_t t = 0; t < sample.frames.size(0); ++t) {
    if (flipped) flip_frame(sample, t);
    if (!whole) flipped = draw.chance(parameters_.probability);
  }
}

}  // namespace clipwork::augment
