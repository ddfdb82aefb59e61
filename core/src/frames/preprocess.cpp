#include <ATen/ops/empty.h>
#include <clipwork/error.h>
#include <clipwork/preprocess.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "frames/size_text.h"

namespace clipwork {

namespace {

constexpr int kFractionBits = 22;
constexpr int32_t kHalf = 1 << (kFractionBits - 1);
// Rows that the horizontal pass works on together: pixels of one column lie side by side, so that
// the compiler uses vectors whatever the source pixels of an output column are.
constexpr int64_t kStrip = 16;

/// One axis of the resize: output i is the sum of weights[i * stride + k] * source[first[i] + k]
/// for k < count[i], in 22-bit fractions.
struct Axis {
  int64_t stride = 0;
  std::vector<int64_t> first, count;
  std::vector<int32_t> weights;
};

Axis make_axis(int64_t from, int64_t to) {
  double scale = static_cast<double>(from) / static_cast<double>(to);
  double support = std::max(scale, 1.0);
  Axis axis;
  axis.stride = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  axis.first.resize(to);
  axis.count.resize(to);
  axis.weights.assign(to * axis.stride, 0);
  std::vector<double> weights(axis.stride);
  for (int64_t i = 0; i < to; ++i) {
    double centre = (static_cast<double>(i) + 0.5) * scale;
    int64_t low = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    int64_t high = std::min<int64_t>(static_cast<int64_t>(centre + support + 0.5), from);
    axis.first[i] = low;
    axis.count[i] = high - low;
    double sum = 0;
    for (int64_t k = 0; k < high - low; ++k) {
      double distance = (static_cast<double>(k + low) - centre + 0.5) * (1.0 / support);
      weights[k] = std::max(0.0, 1.0 - std::abs(distance));
      sum += weights[k];
    }
    for (int64_t k = 0; k < high - low; ++k) {
      axis.weights[i * axis.stride + k] =
          static_cast<int32_t>(0.5 + weights[k] / sum * (1 << kFractionBits));
    }
  }
  return axis;
}

uint8_t to_byte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

/// [height, from] to [height, to].
void resize_rows(const uint8_t* source, int64_t height, int64_t from, const Axis& axis,
                 uint8_t* target, int64_t to) {
  std::vector<uint8_t> strip(from * kStrip);
  for (int64_t top = 0; top < height; top += kStrip) {
    int64_t rows = std::min(kStrip, height - top);
    for (int64_t r = 0; r < rows; ++r) {
      const uint8_t* row = source + (top + r) * from;
      for (int64_t x = 0; x < from; ++x) strip[x * kStrip + r] = row[x];
    }
    for (int64_t x = 0; x < to; ++x) {
      std::array<int32_t, kStrip> sums;
      sums.fill(kHalf);
      const int32_t* weights = &axis.weights[x * axis.stride];
      const uint8_t* column = &strip[axis.first[x] * kStrip];
      for (int64_t k = 0; k < axis.count[x]; ++k, column += kStrip) {
        for (int64_t r = 0; r < kStrip; ++r) sums[r] += weights[k] * column[r];
      }
      for (int64_t r = 0; r < rows; ++r) target[(top + r) * to + x] = to_byte(sums[r]);
    }
  }
}

/// [axis' source height, width] to [to, width].
void resize_columns(const uint8_t* source, int64_t width, const Axis& axis, uint8_t* target,
                    int64_t to) {
  std::vector<int32_t> sums(width);
  for (int64_t y = 0; y < to; ++y) {
    std::fill(sums.begin(), sums.end(), kHalf);
    for (int64_t k = 0; k < axis.count[y]; ++k) {
      int32_t weight = axis.weights[y * axis.stride + k];
      const uint8_t* row = source + (axis.first[y] + k) * width;
      for (int64_t x = 0; x < width; ++x) sums[x] += weight * row[x];
    }
    for (int64_t x = 0; x < width; ++x) target[y * width + x] = to_byte(sums[x]);
  }
}

void check_picture(const Tensor& picture) {
  if (!picture.defined() || picture.dim() != 3 || picture.size(0) != 3 ||
      picture.scalar_type() != at::kByte || !picture.device().is_cpu() || picture.numel() == 0) {
    throw Error(
        "a picture must be a uint8 tensor [3, height, width] on the CPU with at least one pixel");
  }
}

void check_resize(const Tensor& picture, Size size) {
  check_picture(picture);
  if (size.height < 1 || size.width < 1) {
    throw Error(cat("a picture cannot be resized to ", width_by_height(size)));
  }
}

int64_t round_up(int64_t value, int64_t divisor) {
  return (value + divisor - 1) / divisor * divisor;
}

/// The normalised value of each of the 256 grey levels, per channel.
std::array<std::array<float, 256>, 3> level_tables(const Preprocess& parameters) {
  if (parameters.mean.size() != 3 || parameters.deviation.size() != 3) {
    throw InputError(cat("mean has ", parameters.mean.size(), " values, deviation has ",
                         parameters.deviation.size(), ", expected one per channel"),
                     "preprocess", "give three numbers for each");
  }
  std::array<std::array<float, 256>, 3> tables;
  for (size_t c = 0; c < 3; ++c) {
    auto mean = static_cast<float>(parameters.mean[c]);
    auto deviation = static_cast<float>(parameters.deviation[c]);
    if (!(deviation > 0)) {
      throw InputError(
          cat("deviation has the value ", parameters.deviation[c], ", but must be positive"),
          "preprocess", "give positive numbers");
    }
    for (int level = 0; level < 256; ++level) {
      tables[c][level] = (static_cast<float>(level) - mean) / deviation;
    }
  }
  return tables;
}

}  // namespace

void Preprocess::describe(Describer& d) {
  d("resize", resize,
    {{"shortest_edge", Resize::shortest_edge}, {"cv_fit", Resize::cv_fit}, {"none", Resize::none}},
    "how pictures are resized: by the shorter side, as PIL does, or to fit both limits, as OpenCV "
    "does");
  d("short_edge", short_edge, "length of the shorter side after resizing (cv_fit: its limit)")
      .range(1, 65536)
      .unit("pixels");
  d("long_edge", long_edge, "limit of the longer side; beyond it both sides shrink")
      .range(1, 65536)
      .unit("pixels");
  d("mean", mean, "subtracted from each channel (0 to 255), in the order of `channels`")
      .length(3, 3)
      .range(-1e6, 1e6);
  d("deviation", deviation, "divisor of each channel after the mean is subtracted")
      .length(3, 3)
      .range(1e-6, 1e6);
  d("channels", channels, {{"RGB", Channels::rgb}, {"BGR", Channels::bgr}},
    "order of the colour channels in the network's input");
  d("divisor", divisor,
    "pictures are padded with zeros at the right and bottom to multiples of this; 1: no padding")
      .range(1, 4096)
      .unit("pixels");
}

Size shortest_edge_size(Size picture, int64_t short_edge, int64_t long_edge) {
  auto height = static_cast<double>(picture.height), width = static_cast<double>(picture.width);
  auto edge = static_cast<double>(short_edge), limit = static_cast<double>(long_edge);
  double scale = edge / std::min(height, width);
  // The shorter side is set, not multiplied: rounding must not move it.
  if (picture.height < picture.width) {
    height = edge;
    width *= scale;
  } else {
    height *= scale;
    width = edge;
  }
  if (double longer = std::max(height, width); longer > limit) {
    scale = limit / longer;
    height *= scale;
    width *= scale;
  }
  return {static_cast<int64_t>(std::floor(height + 0.5)),
          static_cast<int64_t>(std::floor(width + 0.5))};
}

Size fit_size(Size picture, int64_t short_edge, int64_t long_edge) {
  auto height = static_cast<double>(picture.height), width = static_cast<double>(picture.width);
  double scale = std::min(static_cast<double>(long_edge) / std::max(height, width),
                          static_cast<double>(short_edge) / std::min(height, width));
  return {static_cast<int64_t>(height * scale + 0.5), static_cast<int64_t>(width * scale + 0.5)};
}

Tensor resize_pil(const Tensor& picture, Size size) {
  check_resize(picture, size);
  Tensor source = picture.contiguous();
  int64_t height = source.size(1), width = source.size(2);
  if (width != size.width) {
    Tensor target = at::empty({3, height, size.width}, source.options());
    resize_rows(source.const_data_ptr<uint8_t>(), 3 * height, width, make_axis(width, size.width),
                target.mutable_data_ptr<uint8_t>(), size.width);
    source = target;
  }
  if (height != size.height) {
    Tensor target = at::empty({3, size.height, size.width}, source.options());
    Axis axis = make_axis(height, size.height);
    for (int64_t c = 0; c < 3; ++c) {
      resize_columns(source.const_data_ptr<uint8_t>() + c * height * size.width, size.width, axis,
                     target.mutable_data_ptr<uint8_t>() + c * size.height * size.width,
                     size.height);
    }
    source = target;
  }
  return source;
}

Preprocessed preprocess(const Tensor& pixels, const Preprocess& parameters) {
  check_picture(pixels);
  auto tables = level_tables(parameters);
  Preprocessed result;
  Size original{pixels.size(1), pixels.size(2)};
  Size size = original;
  if (parameters.resize == Preprocess::Resize::shortest_edge) {
    size = shortest_edge_size(original, parameters.short_edge, parameters.long_edge);
  } else if (parameters.resize == Preprocess::Resize::cv_fit) {
    size = fit_size(original, parameters.short_edge, parameters.long_edge);
  }
  if (size.height < 1 || size.width < 1) {
    throw InputError(cat("a picture of ", width_by_height(original),
                         " pixels is too elongated: nothing of its shorter side would be left"),
                     "preprocess", "crop it, or raise long_edge");
  }
  result.resized = parameters.resize == Preprocess::Resize::cv_fit ? resize_cv(pixels, size)
                                                                   : resize_pil(pixels, size);
  Size padded{round_up(size.height, parameters.divisor), round_up(size.width, parameters.divisor)};
  result.geometry = {size, padded, original};
  result.pictures =
      at::empty({1, 3, padded.height, padded.width}, at::kFloat, at::MemoryFormat::ChannelsLast)
          .zero_();
  const auto* source = result.resized.const_data_ptr<uint8_t>();
  auto* target = result.pictures.mutable_data_ptr<float>();
  int64_t plane = size.height * size.width;
  const bool reversed = parameters.channels == Preprocess::Channels::bgr;
  for (int64_t y = 0; y < size.height; ++y) {
    for (int64_t c = 0; c < 3; ++c) {
      const uint8_t* row = source + (reversed ? 2 - c : c) * plane + y * size.width;
      float* out = target + y * padded.width * 3 + c;
      for (int64_t x = 0; x < size.width; ++x) out[3 * x] = tables[c][row[x]];
    }
  }
  return result;
}

}  // namespace clipwork
