#include "resize.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <clipwork/preprocess.h>

#include <algorithm>

namespace clipwork::augment {

void Resize::Parameters::describe(Describer& d) {
  d("resize", resize, {{"shortest_edge", Rule::shortest_edge}, {"cv_fit", Rule::cv_fit}},
    "shortest_edge: the short side becomes the short edge, unless the long side would exceed the "
    "long edge (as PIL); cv_fit: the largest size that fits both (as OpenCV)");
  d("choose", choose, {{"choice", Choose::choice}, {"range", Choose::range}},
    "choice: one of the edges; range: a value from the smallest to the largest");
  d("short_edges", short_edges, "lengths of the short side; drawn once per clip")
      .length(1, 1000)
      .range(1, 65536)
      .unit("pixels");
  d("long_edges", long_edges, "limits of the long side; drawn once per clip")
      .length(1, 1000)
      .range(1, 65536)
      .unit("pixels");
}

Contract Resize::contract(const Parameters&, const Given&) { return {}; }

namespace {

/// The source pixel of every target pixel.
Tensor nearest_pixels(int64_t from, int64_t to, Nearest nearest) {
  Tensor pixels = at::empty({to}, at::kLong);
  auto* out = pixels.mutable_data_ptr<int64_t>();
  // PIL adds up positions of pixel centres, OpenCV multiplies those of corners.
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const double inverse = 1.0 / (static_cast<double>(to) / static_cast<double>(from));
  double centre = step * 0.5;
  for (int64_t i = 0; i < to; ++i) {
    const double place = nearest == Nearest::pil ? centre : static_cast<double>(i) * inverse;
    out[i] = std::min(static_cast<int64_t>(place), from - 1);
    centre += step;
  }
  return pixels;
}

int64_t drawn(const std::vector<int64_t>& edges, bool range, Draw& draw) {
  if (!range) return edges[static_cast<size_t>(draw.integer(0, int64_t(edges.size()) - 1))];
  const auto [least, most] = std::minmax_element(edges.begin(), edges.end());
  return draw.integer(*least, *most);
}

}  // namespace

Tensor resize_masks(const Tensor& masks, Size size, Nearest nearest) {
  return masks.index_select(-2, nearest_pixels(masks.size(-2), size.height, nearest))
      .index_select(-1, nearest_pixels(masks.size(-1), size.width, nearest));
}

void resize_sample(Sample& sample, Size size, Nearest nearest) {
  const Size from{sample.frames.size(2), sample.frames.size(3)};
  if (from == size) return;
  const int64_t length = sample.frames.size(0);
  Tensor frames = at::empty({length, 3, size.height, size.width}, at::kByte);
  for (int64_t t = 0; t < length; ++t) {
    frames[t].copy_(nearest == Nearest::pil ? resize_pil(sample.frames[t], size)
                                            : resize_cv(sample.frames[t], size));
  }
  sample.frames = frames;
  Targets& targets = sample.targets;
  targets.masks = resize_masks(targets.masks, size, nearest);
  if (!targets.boxes.defined()) return;
  const auto along = [](int64_t now, int64_t before) {
    return static_cast<float>(static_cast<double>(now) / static_cast<double>(before));
  };
  const float x = along(size.width, from.width), y = along(size.height, from.height);
  targets.boxes = targets.boxes * at::tensor({x, y, x, y}, at::kFloat);
}

void Resize::operator()(Sample& sample, Draw& draw) const {
  const bool range = parameters_.choose == Parameters::Choose::range;
  const int64_t long_edge = drawn(parameters_.long_edges, range, draw);
  const int64_t short_edge = drawn(parameters_.short_edges, range, draw);
  const Size size{sample.frames.size(2), sample.frames.size(3)};
  if (parameters_.resize == Parameters::Rule::cv_fit) {
    resize_sample(sample, fit_size(size, short_edge, long_edge), Nearest::cv);
  } else {
    resize_sample(sample, shortest_edge_size(size, short_edge, long_edge), Nearest::pil);
  }
}

}  // namespace clipwork::augment
