#include "box_masks.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace clipwork::mask_rcnn {

namespace {

/// The pixels of a box along one axis, and where each is read in the mask with a row of zeros on
/// either side.
struct Axis {
  int64_t first = 0;
  std::vector<float> places;
};

Axis exact_axis(double begin, double end, int64_t side, int64_t limit) {
  const double scale = static_cast<double>(side) / (end - begin);
  Axis axis;
  axis.first = std::clamp(static_cast<int64_t>(std::floor(begin)) - 1, int64_t{0}, limit);
  const int64_t last = std::clamp(static_cast<int64_t>(std::ceil(end)) + 1, axis.first, limit);
  for (int64_t pixel = axis.first; pixel < last; ++pixel) {
    axis.places.push_back(
        static_cast<float>((static_cast<double>(pixel) + 0.5 - begin) * scale + 0.5));
  }
  return axis;
}

Axis rounded_axis(float begin, float end, int64_t side, int64_t limit) {
  const auto padded = static_cast<float>(side + 2);
  const float centre = (begin + end) * 0.5F;
  const float half = (end - begin) * 0.5F * (padded / static_cast<float>(side));
  const auto from = static_cast<int64_t>(centre - half), to = static_cast<int64_t>(centre + half);
  const int64_t length = std::max(to - from + 1, int64_t{1});
  const float scale = padded / static_cast<float>(length);
  Axis axis;
  axis.first = std::clamp(from, int64_t{0}, limit);
  for (int64_t pixel = axis.first; pixel < std::min(to + 1, limit); ++pixel) {
    axis.places.push_back((static_cast<float>(pixel - from) + 0.5F) * scale - 0.5F);
  }
  return axis;
}

/// Probabilities of a box's pixels, rows first.
struct Patch {
  int64_t top = 0, left = 0, height = 0, width = 0;
  std::vector<float> values;
};

class BoxMasks : public Masks {
 public:
  BoxMasks(Tensor probabilities, Tensor boxes, const Geometry& geometry, Pasting pasting)
      : probabilities_(probabilities.cpu().contiguous()),
        boxes_(boxes.cpu().contiguous()),
        geometry_(geometry),
        pasting_(pasting) {}

  MaskForm form() const override { return {MaskForm::Values::probabilities, {}}; }
  Size size() const override {
    return {geometry_.padded.height / kValueStride, geometry_.padded.width / kValueStride};
  }
  const Geometry& geometry(int) const override { return geometry_; }

  Tensor values(int, const Pairs& pairs) const override {
    return over(
        at_padded_size(kValueStride), pairs, [](float p) { return p; }, at::kFloat);
  }
  Tensor bits(int, const Pairs& pairs, At at) const override {
    return over(at == At::padded ? at_padded_size(1) : at_output_size(), pairs, is_on, at::kBool);
  }
  Rendered render(int frame, const Pairs& pairs, Quality quality) const override {
    Rendered rendered;
    for (const Tensor& mask : bits(frame, pairs, At::output).unbind(0)) {
      rendered.masks.push_back(MaskRle::from_tensor(mask));
    }
    if (quality != Quality::none) {
      rendered.quality =
          sums(quality == Quality::padded ? at_padded_size(1) : at_output_size(), pairs);
    }
    return rendered;
  }

 private:
  /// A grid of pixels over the picture: the part of it that exists, and pixels per output pixel.
  struct Grid {
    Size size, inside;
    double scale_x = 1, scale_y = 1;
  };
  static constexpr int64_t kValueStride = 4;

  static bool is_on(float probability) { return probability > 0.5F; }

  Grid at_output_size() const { return {geometry_.output, geometry_.output}; }
  Grid at_padded_size(int64_t stride) const {
    auto ratio = [&](int64_t resized, int64_t output) {
      return static_cast<double>(resized) / static_cast<double>(output * stride);
    };
    auto shrunk = [&](Size size) { return Size{size.height / stride, size.width / stride}; };
    return {shrunk(geometry_.padded), shrunk(geometry_.resized),
            ratio(geometry_.resized.width, geometry_.output.width),
            ratio(geometry_.resized.height, geometry_.output.height)};
  }

  Axis axis(double begin, double end, int64_t limit) const {
    const int64_t side = probabilities_.size(1);
    return pasting_ == Pasting::exact
               ? exact_axis(begin, end, side, limit)
               : rounded_axis(static_cast<float>(begin), static_cast<float>(end), side, limit);
  }

  Patch patch(const Grid& grid, int64_t row) const {
    const float* box = boxes_.const_data_ptr<float>() + 4 * row;
    const Axis x = axis(box[0] * grid.scale_x, box[2] * grid.scale_x, grid.inside.width);
    const Axis y = axis(box[1] * grid.scale_y, box[3] * grid.scale_y, grid.inside.height);
    const int64_t side = probabilities_.size(1), padded = side + 2;
    const float* mask = probabilities_.const_data_ptr<float>() + row * side * side;
    Patch patch{y.first, x.first, std::ssize(y.places), std::ssize(x.places), {}};
    patch.values.reserve(patch.height * patch.width);
    std::vector<float> line(padded, 0.0F);  // the row at hand, between its two zeros
    for (const float at_y : y.places) {
      const auto [high_y, low_y, weight_y] = neighbours(at_y, padded);
      for (int64_t i = 0; i < side; ++i) {
        auto value = [&](int64_t from) {
          return from < 1 || from > side ? 0.0F : mask[(from - 1) * side + i];
        };
        line[i + 1] = value(low_y) * (1 - weight_y) + value(high_y) * weight_y;
      }
      for (const float at_x : x.places) {
        const auto [high_x, low_x, weight_x] = neighbours(at_x, padded);
        patch.values.push_back(line[low_x] * (1 - weight_x) + line[high_x] * weight_x);
      }
    }
    return patch;
  }

  struct Neighbours {
    int64_t high, low;
    float weight_of_high;
  };
  static Neighbours neighbours(float place, int64_t limit) {
    place = std::clamp(place, 0.0F, static_cast<float>(limit - 1));
    const auto low = static_cast<int64_t>(place);
    return {std::min(low + 1, limit - 1), low, place - static_cast<float>(low)};
  }

  template <class Convert>
  Tensor over(const Grid& grid, const Pairs& pairs, Convert convert, at::ScalarType type) const {
    using Value = decltype(convert(0.0F));
    Tensor masks = at::zeros({pairs.count(), grid.size.height, grid.size.width}, type);
    const Tensor rows = pairs.row.cpu();
    auto* pixels = masks.mutable_data_ptr<Value>();
    for (int64_t i = 0; i < rows.size(0); ++i, pixels += grid.size.height * grid.size.width) {
      const Patch part = patch(grid, rows[i].item<int64_t>());
      for (int64_t y = 0; y < part.height; ++y) {
        Value* line = pixels + (part.top + y) * grid.size.width + part.left;
        std::transform(part.values.begin() + y * part.width,
                       part.values.begin() + (y + 1) * part.width, line, convert);
      }
    }
    return masks;
  }

  Tensor sums(const Grid& grid, const Pairs& pairs) const {
    const Tensor rows = pairs.row.cpu();
    Tensor sums = at::zeros({rows.size(0), 2}, at::kDouble);
    auto* sum = sums.mutable_data_ptr<double>();
    for (int64_t i = 0; i < rows.size(0); ++i) {
      for (const float probability : patch(grid, rows[i].item<int64_t>()).values) {
        if (!is_on(probability)) continue;
        sum[2 * i] += probability;
        sum[2 * i + 1] += 1;
      }
    }
    return sums;
  }

  Tensor probabilities_, boxes_;
  Geometry geometry_;
  Pasting pasting_;
};

}  // namespace

std::shared_ptr<const Masks> box_masks(Tensor probabilities, Tensor boxes, const Geometry& geometry,
                                       Pasting pasting) {
  return std::make_shared<BoxMasks>(std::move(probabilities), std::move(boxes), geometry, pasting);
}

}  // namespace clipwork::mask_rcnn
