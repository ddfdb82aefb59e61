#include "rotate.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sorted_draws.h"

namespace clipwork::augment {

namespace {

// OpenCV computes positions in 1/1024 pixel, interpolates at 1/32 pixel, and weighs in 1/32768.
constexpr int kPlaceBits = 10, kFractionBits = 5;
constexpr int64_t kPlace = 1 << kPlaceBits, kFraction = 1 << kFractionBits;

int64_t rounded(double value) { return static_cast<int64_t>(std::nearbyint(value)); }

/// The position of every pixel of a row in fractions of `bits`, x and y.
struct Row {
  const Affine& m;
  int64_t x = 0, y = 0;
  int bits = 0;
  Row(const Affine& matrix, int64_t row, int bits_kept) : m(matrix), bits(bits_kept) {
    const int64_t half = (kPlace >> bits) / 2;
    const auto at = static_cast<double>(row);
    x = rounded((m[1] * at + m[2]) * kPlace) + half;
    y = rounded((m[4] * at + m[5]) * kPlace) + half;
  }
  std::array<int64_t, 2> operator()(int64_t column) const {
    const auto at = static_cast<double>(column);
    return {(x + rounded(m[0] * at * kPlace)) >> (kPlaceBits - bits),
            (y + rounded(m[3] * at * kPlace)) >> (kPlaceBits - bits)};
  }
};

struct Plane {
  const uint8_t* pixels;
  int64_t height, width;
  int64_t operator()(int64_t y, int64_t x) const {
    return y < 0 || y >= height || x < 0 || x >= width ? 0 : pixels[y * width + x];
  }
};

void warp_linear(const Plane& in, const Affine& matrix, uint8_t* out) {
  for (int64_t y = 0; y < in.height; ++y) {
    const Row row(matrix, y, kFractionBits);
    for (int64_t x = 0; x < in.width; ++x) {
      const auto [px, py] = row(x);
      const int64_t left = px >> kFractionBits, top = py >> kFractionBits;
      const int64_t fx = px & (kFraction - 1), fy = py & (kFraction - 1);
      const int64_t above = in(top, left) * (kFraction - fx) + in(top, left + 1) * fx;
      const int64_t below = in(top + 1, left) * (kFraction - fx) + in(top + 1, left + 1) * fx;
      const int64_t sum = above * (kFraction - fy) + below * fy;
      *out++ = static_cast<uint8_t>((sum + kFraction * kFraction / 2) / (kFraction * kFraction));
    }
  }
}

void warp_nearest(const Plane& in, const Affine& matrix, uint8_t* out) {
  for (int64_t y = 0; y < in.height; ++y) {
    const Row row(matrix, y, 0);
    for (int64_t x = 0; x < in.width; ++x) {
      const auto [px, py] = row(x);
      *out++ = static_cast<uint8_t>(in(py, px));
    }
  }
}

/// The smallest boxes round masks [N, H, W]: [N, 4], zeros where a mask is empty.
Tensor boxes_round(const Tensor& masks) {
  Tensor boxes = at::zeros({masks.size(0), 4}, at::kFloat);
  for (int64_t n = 0; n < masks.size(0); ++n) {
    const Tensor columns = masks[n].any(0).nonzero(), rows = masks[n].any(1).nonzero();
    if (rows.size(0) == 0) continue;
    boxes[n][0] = columns.min();
    boxes[n][1] = rows.min();
    boxes[n][2] = columns.max().add(1);
    boxes[n][3] = rows.max().add(1);
  }
  return boxes;
}

}  // namespace

Affine turned(double degrees, double x, double y) {
  const double radians = degrees * std::numbers::pi / 180;
  const double c = std::cos(radians), s = std::sin(radians);
  const Affine there = {c, s, (1 - c) * x - s * y, -s, c, s * x + (1 - c) * y};
  // Inverted as warpAffine does it.
  double determinant = there[0] * there[4] - there[1] * there[3];
  determinant = determinant != 0 ? 1 / determinant : 0;
  const double a = there[4] * determinant, b = there[0] * determinant;
  const double d = -there[1] * determinant, e = -there[3] * determinant;
  return {a, d, -a * there[2] - d * there[5], e, b, -e * there[2] - b * there[5]};
}

Tensor warp(const Tensor& planes, const Affine& to_source) {
  const Tensor in = planes.contiguous();
  Tensor out = at::empty_like(in);
  const int64_t height = in.size(-2), width = in.size(-1);
  const bool linear = in.scalar_type() == at::kByte;
  const auto* from = static_cast<const uint8_t*>(in.const_data_ptr());
  auto* to = static_cast<uint8_t*>(out.mutable_data_ptr());
  for (int64_t i = 0; i < in.numel(); i += height * width) {
    const Plane plane{from + i, height, width};
    linear ? warp_linear(plane, to_source, to + i) : warp_nearest(plane, to_source, to + i);
  }
  return out;
}

void Rotate::Parameters::describe(Describer& d) {
  d("degrees", degrees, "smallest and largest angle; each frame has its own, in order")
      .interval(-360, 360)
      .unit("degrees");
  d("centre", centre,
    "range of the centre of rotation, as a share of each side; drawn once per clip")
      .interval(0, 1);
}

Contract Rotate::contract(const Parameters&, const Given&) { return {}; }

void Rotate::operator()(Sample& sample, Draw& draw) const {
  const int64_t length = sample.frames.size(0);
  const auto height = static_cast<double>(sample.frames.size(2));
  const auto width = static_cast<double>(sample.frames.size(3));
  const double x = width * draw.uniform(parameters_.centre[0], parameters_.centre[1]);
  const double y = height * draw.uniform(parameters_.centre[0], parameters_.centre[1]);
  const std::vector<double> angles =
      sorted_draws(length, parameters_.degrees[0], parameters_.degrees[1], draw);
  for (int64_t t = 0; t < length; ++t) {
    // Half a pixel: the point is given between pixels, the matrix is of their centres.
    const Affine to_source = turned(angles[static_cast<size_t>(t)], x - 0.5, y - 0.5);
    sample.frames[t].copy_(warp(sample.frames[t], to_source));
    Tensor masks = sample.targets.masks.select(1, t);
    masks.copy_(warp(masks, to_source));
    if (sample.targets.boxes.defined()) sample.targets.boxes.select(1, t).copy_(boxes_round(masks));
  }
}

}  // namespace clipwork::augment
