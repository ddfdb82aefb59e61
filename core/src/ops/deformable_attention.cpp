#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/grid_sampler_2d.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/error.h>
#include <clipwork/ops/deformable_attention.h>

namespace clipwork {

namespace {

int64_t count_positions(const std::vector<Size>& levels) {
  int64_t count = 0;
  for (const Size& level : levels) count += level.height * level.width;
  return count;
}

// The place (x, y) of every token on its own map, in [0, 1]: [S, 2].
Tensor reference_points(const std::vector<Size>& levels, const at::TensorOptions& options) {
  std::vector<Tensor> maps;
  for (const Size& level : levels) {
    Tensor x = (at::arange(level.width, options) + 0.5) / double(level.width);
    Tensor y = (at::arange(level.height, options) + 0.5) / double(level.height);
    maps.push_back(at::stack({x.unsqueeze(0).expand({level.height, level.width}),
                              y.unsqueeze(1).expand({level.height, level.width})},
                             2)
                       .flatten(0, 1));
  }
  return at::cat(maps);
}

// (width, height) of every level: [levels, 2].
Tensor level_sizes(const std::vector<Size>& levels, const at::TensorOptions& options) {
  std::vector<double> sizes;
  for (const Size& level : levels) {
    sizes.push_back(double(level.width));
    sizes.push_back(double(level.height));
  }
  return at::tensor(sizes, options).view({-1, 2});
}

}  // namespace

Tensor deformable_sample_plain(const Tensor& value, const std::vector<Size>& levels,
                               const Tensor& locations, const Tensor& weights) {
  constexpr int64_t kBilinear = 0, kZeros = 0;
  int64_t batch = value.size(0), heads = value.size(2), channels = value.size(3);
  int64_t queries = locations.size(1), points = locations.size(4);
  Tensor grids = locations * 2 - 1;
  std::vector<Tensor> sampled;
  int64_t first = 0;
  for (size_t i = 0; i < levels.size(); ++i) {
    auto [height, width] = levels[i];
    Tensor map = value.narrow(1, first, height * width)
                     .permute({0, 2, 3, 1})
                     .reshape({batch * heads, channels, height, width});
    Tensor grid = grids.select(3, int64_t(i)).transpose(1, 2).flatten(0, 1);
    sampled.push_back(at::grid_sampler_2d(map, grid, kBilinear, kZeros, /*align_corners=*/false));
    first += height * width;
  }
  // [B * heads, D, Q, levels * points]
  Tensor samples = at::stack(sampled, 3).flatten(3);
  Tensor by_head =
      weights.transpose(1, 2).reshape({batch * heads, 1, queries, int64_t(levels.size()) * points});
  return (samples * by_head).sum(3).view({batch, heads * channels, queries}).transpose(1, 2);
}

Tensor deformable_sample(const Tensor& value, const std::vector<Size>& levels,
                         const Tensor& locations, const Tensor& weights) {
  return deformable_sample_plain(value, levels, locations, weights);
}

struct DeformableAttention::Packed {};

DeformableAttention::DeformableAttention(int64_t channels, int64_t heads, int64_t levels,
                                         int64_t points)
    : channels_(channels), heads_(heads), levels_(levels), points_(points) {
  if (channels <= 0 || heads <= 0 || channels % heads != 0 || levels <= 0 || points <= 0) {
    throw Error(cat("deformable attention of ", channels, " channels in ", heads, " heads over ",
                    levels, " levels with ", points, " points"),
                "DeformableAttention",
                "all must be positive and the channels a multiple of the heads");
  }
  value_ = make_child<Linear>(*this, "value_proj", channels, channels);
  offsets_ = make_child<Linear>(*this, "sampling_offsets", channels, heads * levels * points * 2);
  weights_ = make_child<Linear>(*this, "attention_weights", channels, heads * levels * points);
  output_ = make_child<Linear>(*this, "output_proj", channels, channels);
}

DeformableAttention::~DeformableAttention() = default;

Tensor DeformableAttention::forward(const Tensor& query, const Tensor& tokens,
                                    const std::vector<Size>& levels) {
  int64_t batch = tokens.size(0), count = tokens.size(1);
  if (int64_t(levels.size()) != levels_ || count_positions(levels) != count) {
    throw Error(cat(count, " tokens do not fit ", levels.size(), " maps of ",
                    count_positions(levels), " positions"),
                "DeformableAttention",
                cat("give all positions of ", levels_, " maps, map after map"));
  }
  Tensor value = value_->forward(tokens).view({batch, count, heads_, channels_ / heads_});
  Tensor offsets = offsets_->forward(query).view({batch, count, heads_, levels_, points_, 2});
  Tensor weights =
      at::softmax(weights_->forward(query).view({batch, count, heads_, levels_ * points_}), -1);
  Tensor reference = reference_points(levels, query.options()).view({1, count, 1, 1, 1, 2});
  Tensor sizes = level_sizes(levels, query.options()).view({1, 1, 1, levels_, 1, 2});
  return output_->forward(
      deformable_sample(value, levels, reference + offsets / sizes,
                        weights.view({batch, count, heads_, levels_, points_})));
}

void DeformableAttention::prepare(const Inference&) {}

}  // namespace clipwork
