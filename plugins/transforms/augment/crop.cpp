#include "crop.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "resize.h"
#include "sorted_draws.h"

namespace clipwork::augment {

void cut(Sample& sample, const std::vector<Corner>& corners, Size size) {
  const int64_t length = sample.frames.size(0);
  Targets& targets = sample.targets;
  Tensor frames = at::empty({length, 3, size.height, size.width}, at::kByte);
  Tensor masks = at::empty({targets.count(), length, size.height, size.width}, at::kBool);
  for (int64_t t = 0; t < length; ++t) {
    const auto [y, x] = corners[static_cast<size_t>(t)];
    frames[t].copy_(sample.frames[t].narrow(1, y, size.height).narrow(2, x, size.width));
    masks.select(1, t).copy_(
        targets.masks.select(1, t).narrow(1, y, size.height).narrow(2, x, size.width));
    if (!targets.boxes.defined()) continue;
    for (const auto& [side, from, most] : {std::tuple(0, x, size.width),
                                           {1, y, size.height},
                                           {2, x, size.width},
                                           {3, y, size.height}}) {
      Tensor edge = targets.boxes.select(1, t).select(1, side);
      edge.sub_(from).clamp_(0, most);
    }
  }
  sample.frames = frames;
  targets.masks = masks;
}

void Crop::Parameters::describe(Describer& d) {
  d("sides", sides,
    "shortest and longest side of the crop; both sides are drawn once per clip, and limited to the "
    "picture's")
      .interval(1, 65536)
      .unit("pixels");
  d("moving", moving, "move the crop along a line through the clip");
}

Contract Crop::contract(const Parameters&, const Given&) { return {}; }

void Crop::operator()(Sample& sample, Draw& draw) const {
  const int64_t length = sample.frames.size(0);
  const int64_t height = sample.frames.size(2), width = sample.frames.size(3);
  const auto side = [&](int64_t all) {
    return draw.integer(std::min(all, parameters_.sides[0]), std::min(all, parameters_.sides[1]));
  };
  Size size;
  size.height = side(height);
  size.width = side(width);
  const int64_t below = height - size.height, right = width - size.width;
  const int64_t top = draw.integer(0, below), left = draw.integer(0, right);
  std::vector<Corner> corners(static_cast<size_t>(length), {top, left});
  if (parameters_.moving) {
    const int64_t to_y = draw.integer(top, below), to_x = draw.integer(left, right);
    const std::vector<double> places = sorted_draws(length, 0, 1, draw);
    for (size_t t = 0; t < corners.size(); ++t) {
      const auto between = [&](int64_t from, int64_t to) {
        return from +
               static_cast<int64_t>(std::nearbyint(static_cast<double>(to - from) * places[t]));
      };
      corners[t] = {between(top, to_y), between(left, to_x)};
    }
  }
  cut(sample, corners, size);
}

void ScaleCrop::Parameters::describe(Describer& d) {
  d("size", size, "length of both sides of the output").range(1, 16384).unit("pixels");
  d("scales", scales,
    "smallest and largest factor: a picture is scaled to fit into `size` times a factor between "
    "them")
      .interval(0.001, 1000);
  d("fill", fill, "value of pixels outside the picture").range(0, 255);
}

Contract ScaleCrop::contract(const Parameters&, const Given&) { return {}; }

void ScaleCrop::operator()(Sample& sample, Draw& draw) const {
  const auto height = static_cast<double>(sample.frames.size(2));
  const auto width = static_cast<double>(sample.frames.size(3));
  const double most = static_cast<double>(parameters_.size) *
                      draw.uniform(parameters_.scales[0], parameters_.scales[1]);
  const double scale = std::min(most / height, most / width);
  const auto scaled = [scale](double side) {
    return std::max<int64_t>(1, static_cast<int64_t>(std::nearbyint(side * scale)));
  };
  const Size whole{scaled(height), scaled(width)};
  resize_sample(sample, whole, Nearest::pil);

  // One number places the part in both directions.
  const double place = draw.uniform();
  const auto begin = [&](int64_t side) {
    const auto over = static_cast<double>(std::max<int64_t>(0, side - parameters_.size));
    return static_cast<int64_t>(std::nearbyint(over * place));
  };
  const Size part{std::min(whole.height, parameters_.size),
                  std::min(whole.width, parameters_.size)};
  cut(sample,
      std::vector<Corner>(static_cast<size_t>(sample.frames.size(0)),
                          {begin(whole.height), begin(whole.width)}),
      part);
  const int64_t below = parameters_.size - part.height, right = parameters_.size - part.width;
  if (below == 0 && right == 0) return;
  sample.frames = at::constant_pad_nd(sample.frames, {0, right, 0, below}, parameters_.fill);
  sample.targets = padded_targets(std::move(sample.targets), {parameters_.size, parameters_.size});
}

}  // namespace clipwork::augment
