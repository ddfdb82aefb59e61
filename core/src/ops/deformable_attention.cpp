#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/grid_sampler_2d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <clipwork/error.h>
#include <clipwork/ops/deformable_attention.h>
#include <clipwork/parallel.h>
#include <clipwork/to_device.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <mutex>
#include <numbers>
#include <optional>

#include "kernels/kernels.h"
#include "ops/fast.h"
#include "ops/gpu_deformable.h"
#include "ops/onednn.h"

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

namespace {

// True if the kernels support maps and tensors of this kind.
bool suits_kernels(const Tensor& value, int64_t samples) {
  return is_float_cpu(value) && samples <= kMostSamples &&
         value.numel() / std::max<int64_t>(value.size(0), 1) <= kMostSampledValues;
}

std::vector<SampledMap> sampled_maps(const std::vector<Size>& levels) {
  std::vector<SampledMap> maps;
  int64_t first = 0;
  for (const Size& level : levels) {
    maps.push_back({level.height, level.width, first});
    first += level.height * level.width;
  }
  return maps;
}

// Entry `i` of the batch; value [B, S, heads, D].
SampledMaps entry(const Tensor& value, const std::vector<SampledMap>& maps, int64_t points,
                  int64_t i) {
  return {value.const_data_ptr<float>() + i * value.stride(0),
          maps.data(),
          int64_t(maps.size()),
          points,
          value.size(2),
          value.size(3)};
}

const float* row(const Tensor& tensor, int64_t i) {
  return tensor.const_data_ptr<float>() + i * tensor.stride(0);
}
float* mutable_row(Tensor& tensor, int64_t i) {
  return tensor.mutable_data_ptr<float>() + i * tensor.stride(0);
}

constexpr int64_t kQueriesOfAThread = 32;

Tensor sample_by_kernel(const Tensor& value, const std::vector<Size>& levels,
                        const Tensor& locations, const Tensor& weights) {
  auto maps = sampled_maps(levels);
  int64_t batch = value.size(0), queries = locations.size(1);
  Tensor output = at::empty({batch, queries, value.size(2) * value.size(3)}, value.options());
  for (int64_t i = 0; i < batch; ++i) {
    parallel_for(0, queries, kQueriesOfAThread, [&](int64_t first, int64_t last) {
      kernels()->sample(entry(value, maps, locations.size(4), i), row(locations, i),
                        row(weights, i), mutable_row(output, i), first, last);
    });
  }
  return output;
}

class SampleFunction : public torch::autograd::Function<SampleFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& value,
                        const std::vector<Size>& levels, const Tensor& locations,
                        const Tensor& weights) {
    std::vector<int64_t> sizes;
    for (const Size& level : levels) sizes.insert(sizes.end(), {level.height, level.width});
    context->saved_data["sizes"] = sizes;
    context->save_for_backward({value, locations, weights});
    return sample_by_kernel(value, levels, locations, weights);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    std::vector<int64_t> sizes = context->saved_data["sizes"].toIntVector();
    std::vector<Size> levels;
    for (size_t i = 0; i < sizes.size(); i += 2) levels.push_back({sizes[i], sizes[i + 1]});
    auto saved = context->get_saved_variables();
    const Tensor &value = saved[0], &locations = saved[1], &weights = saved[2];
    Tensor grad_out = gradients[0].contiguous();
    Tensor grad_value = at::zeros_like(value), grad_locations = at::empty_like(locations);
    Tensor grad_weights = at::empty_like(weights);
    auto maps = sampled_maps(levels);
    int64_t heads = value.size(2);
    // A head of an entry adds to values that no other one touches.
    parallel_for(0, value.size(0) * heads, 1, [&](int64_t first, int64_t last) {
      for (int64_t task = first; task < last; ++task) {
        int64_t i = task / heads;
        kernels()->sample_backward(entry(value, maps, locations.size(4), i), row(locations, i),
                                   row(weights, i), row(grad_out, i), mutable_row(grad_value, i),
                                   mutable_row(grad_locations, i), mutable_row(grad_weights, i),
                                   locations.size(1), task % heads);
      }
    });
    return {grad_value, Tensor(), grad_locations, grad_weights};
  }
};

}  // namespace

Tensor deformable_sample(const Tensor& value, const std::vector<Size>& levels,
                         const Tensor& locations, const Tensor& weights) {
  if (value.size(1) != count_positions(levels) || locations.size(2) != value.size(2) ||
      locations.size(3) != int64_t(levels.size()) ||
      weights.sizes() != locations.sizes().slice(0, 5)) {
    throw Error(cat("values ", value.sizes(), ", locations ", locations.sizes(), " and weights ",
                    weights.sizes(), " do not match each other or ", levels.size(), " maps of ",
                    count_positions(levels), " positions"),
                "deformable_sample");
  }
  // A place needs more digits than a reduced precision keeps, so all is computed in its type (as
  // the public code does, which leaves autocast here).
  const at::ScalarType type = locations.scalar_type();
  if (value.scalar_type() != type || weights.scalar_type() != type) {
    return deformable_sample(value.to(type), levels, locations, weights.to(type));
  }
  bool floats = is_float_cpu(locations) && is_float_cpu(weights);
  if (!floats || !suits_kernels(value, locations.size(3) * locations.size(4))) {
    return deformable_sample_plain(value, levels, locations, weights);
  }
  Tensor values = value.contiguous(), places = locations.contiguous();
  if (!c10::GradMode::is_enabled()) {
    return sample_by_kernel(values, levels, places, weights.contiguous());
  }
  return SampleFunction::apply(values, levels, places, weights.contiguous());
}

namespace {

// Weight and bias of one product that gives what kernels read for a head: [heads, (weights, x, y),
// levels * points]. With gradients where they are recorded.
struct JoinedProjection {
  Tensor weight, bias;

  JoinedProjection(const Linear& weights, const Linear& offsets, int64_t heads, int64_t samples) {
    const auto of_weights = weights.named_parameters(), of_offsets = offsets.named_parameters();
    auto join = [&](const char* name) {
      return at::cat({of_weights[name].reshape({heads, 1, samples, -1}),
                      of_offsets[name].reshape({heads, samples, 2, -1}).transpose(1, 2)},
                     1)
          .flatten(0, 2);
    };
    weight = join("weight");
    bias = join("bias").flatten();
  }
};

}  // namespace

struct DeformableAttention::Packed {
  JoinedProjection raw;
  std::optional<onednn::Product> product;  // on the CPU
};

// Reference points and sizes of the last few sizes of maps, made once each on the CPU: made on a
// GPU they would cost it some twenty kernels and the host a wait in every frame.
class DeformableAttention::Places {
 public:
  struct Entry {
    std::vector<Size> levels;
    Tensor reference, sizes;  // [S, 2], [levels, 2]
  };

  // On the device and with the type of `like`.
  Entry get(const std::vector<Size>& levels, const Tensor& like) {
    std::lock_guard lock(mutex_);
    for (const Entry& entry : entries_) {
      if (entry.levels == levels && entry.reference.options().type_equal(like.options()))
        return entry;
    }
    const at::TensorOptions options = like.options().device(at::kCPU);
    entries_.push_back({levels, to_device(reference_points(levels, options), like.device()),
                        to_device(level_sizes(levels, options), like.device())});
    if (entries_.size() > kSizes) entries_.pop_front();
    return entries_.back();
  }

 private:
  static constexpr size_t kSizes = 16;
  std::mutex mutex_;
  std::deque<Entry> entries_;
};

DeformableAttention::DeformableAttention(int64_t channels, int64_t heads, int64_t levels,
                                         int64_t points)
    : channels_(channels),
      heads_(heads),
      levels_(levels),
      points_(points),
      places_(std::make_unique<Places>()) {
  if (channels <= 0 || heads <= 0 || channels % heads != 0 || levels <= 0 || points <= 0) {
    throw Error(cat("invalid deformable attention: ", channels, " channels, ", heads, " heads, ",
                    levels, " levels, ", points, " points"),
                "DeformableAttention",
                "all must be positive, and the channels a multiple of the heads");
  }
  value_ = make_child<Linear>(*this, "value_proj", channels, channels);
  offsets_ = make_child<Linear>(*this, "sampling_offsets", channels, heads * levels * points * 2);
  weights_ = make_child<Linear>(*this, "attention_weights", channels, heads * levels * points);
  output_ = make_child<Linear>(*this, "output_proj", channels, channels);
  // Until they are loaded, heads look into all directions and points into distances (Deformable
  // DETR, `_reset_parameters`).
  Tensor bias = offsets_->named_parameters()["bias"].detach().view({heads, levels, points, 2});
  for (int64_t head = 0; head < heads; ++head) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(head) / heads;
    const double x = std::cos(angle), y = std::sin(angle);
    const double longest = std::max(std::abs(x), std::abs(y));
    for (int64_t point = 0; point < points; ++point) {
      bias[head].select(1, point).select(1, 0).fill_(x / longest * (point + 1));
      bias[head].select(1, point).select(1, 1).fill_(y / longest * (point + 1));
    }
  }
}

DeformableAttention::~DeformableAttention() = default;

Tensor DeformableAttention::forward(const Tensor& query, const Tensor& tokens,
                                    const std::vector<Size>& levels) {
  int64_t batch = tokens.size(0), count = tokens.size(1);
  if (int64_t(levels.size()) != levels_ || count_positions(levels) != count ||
      query.sizes() != tokens.sizes()) {
    throw Error(cat("queries ", query.sizes(), " and tokens ", tokens.sizes(), " do not match ",
                    levels.size(), " maps of ", count_positions(levels), " positions"),
                "DeformableAttention",
                cat("pass all positions of ", levels_, " maps, map after map"));
  }
  Tensor value = value_->forward(tokens).view({batch, count, heads_, channels_ / heads_});
  if (packed_ && packed_->product && runs_fast(query) && suits_kernels(value, levels_ * points_)) {
    return output_->forward(sample_around(value, packed_->product->run(query), levels));
  }
  if (!plain_ && suits_gpu(value, levels_, points_)) {
    const int64_t samples = levels_ * points_;
    const JoinedProjection raw = packed_ && !c10::GradMode::is_enabled()
                                     ? packed_->raw
                                     : JoinedProjection(*weights_, *offsets_, heads_, samples);
    const Tensor numbers =
        at::linear(query, raw.weight, raw.bias).view({batch, count, heads_, 3, samples});
    return output_->forward(deformable_on_gpu(value, numbers, levels));
  }
  Tensor offsets = offsets_->forward(query).view({batch, count, heads_, levels_, points_, 2});
  Tensor weights =
      at::softmax(weights_->forward(query).view({batch, count, heads_, levels_ * points_}), -1);
  const Places::Entry places = places_->get(levels, query);
  Tensor locations = places.reference.view({1, count, 1, 1, 1, 2}) +
                     offsets / places.sizes.view({1, 1, 1, levels_, 1, 2});
  auto* sample = plain_ ? deformable_sample_plain : deformable_sample;
  return output_->forward(
      sample(value, levels, locations, weights.view({batch, count, heads_, levels_, points_})));
}

Tensor DeformableAttention::sample_around(const Tensor& value, const Tensor& raw,
                                          const std::vector<Size>& levels) const {
  auto maps = sampled_maps(levels);
  int64_t batch = value.size(0), count = value.size(1);
  Tensor output = at::empty({batch, count, channels_}, value.options());
  for (int64_t i = 0; i < batch; ++i) {
    parallel_for(0, count, kQueriesOfAThread, [&](int64_t first, int64_t last) {
      kernels()->sample_around(entry(value, maps, points_, i), row(raw, i), mutable_row(output, i),
                               first, last);
    });
  }
  return output;
}

void DeformableAttention::prepare(const Inference& inference) {
  plain_ = inference.plain;
  packed_.reset();
  const Tensor weight = weights_->named_parameters()["weight"];
  if (plain_ || !(is_float_cpu(weight) || weight.is_cuda())) return;
  c10::NoGradGuard no_gradient;
  packed_.reset(new Packed{{*weights_, *offsets_, heads_, levels_ * points_}, {}});
  if (weight.is_cpu()) packed_->product.emplace(packed_->raw.weight, packed_->raw.bias);
}

}  // namespace clipwork
