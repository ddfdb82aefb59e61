#include "local_attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

namespace clipwork::iai {

namespace {

constexpr double kOutside = -1e8;  // the published logit of what lies outside the map
constexpr size_t kSizes = 4;

}  // namespace

LocalAttention::LocalAttention(int64_t channels, int64_t heads, int64_t reach)
    : heads_(heads), reach_(reach) {
  int64_t window = (2 * reach + 1) * (2 * reach + 1);
  ConvOptions relative;
  relative.in = channels;
  relative.out = heads * window;
  relative.groups = heads;
  relative.bias = true;
  relative_ = make_child<Conv>(*this, "relative_emb", relative);
  value_bias_ = make_parameter(*this, "V_bias", {1, heads, channels / heads, window, 1});
  output_ = make_child<Linear>(*this, "fc", channels, channels);
}

LocalAttention::Neighbours LocalAttention::neighbours(Size size, const Tensor& like) {
  std::lock_guard lock(mutex_);
  for (const Neighbours& known : known_) {
    if (known.size == size && known.place.device() == like.device()) return known;
  }
  at::TensorOptions integers = like.options().dtype(at::kLong);
  Tensor offset = at::arange(-reach_, reach_ + 1, integers);
  // [h, 1, offsets, 1] and [1, w, 1, offsets], joined to [h w, window].
  Tensor y =
      (at::arange(size.height, integers).unsqueeze(1) + offset).view({size.height, 1, -1, 1});
  Tensor x = (at::arange(size.width, integers).unsqueeze(1) + offset).view({1, size.width, 1, -1});
  Tensor inside =
      y.ge(0).logical_and(y.lt(size.height)).logical_and(x.ge(0)).logical_and(x.lt(size.width));
  Tensor place = y.clamp(0, size.height - 1) * size.width + x.clamp(0, size.width - 1);
  auto by_position = [&](const Tensor& table) {
    return table.reshape({size.height * size.width, -1});
  };
  known_.push_back({size, by_position(place), by_position(inside.logical_not())});
  if (known_.size() > kSizes) known_.pop_front();
  return known_.back();
}

Tensor LocalAttention::forward(const Tensor& query, const Tensor& key, const Tensor& value,
                               Size size) {
  const int64_t batch = query.size(0), count = query.size(1), depth = query.size(2) / heads_;
  auto [place, outside] = [&] {
    Neighbours found = neighbours(size, query);
    return std::pair(found.place, found.outside);
  }();
  auto by_head = [&](const Tensor& x) { return x.unflatten(2, {heads_, depth}).transpose(1, 2); };
  // All pairs at once and then the window's: for maps of a few hundred positions quicker than
  // gathering keys.
  Tensor pairs =
      at::matmul(by_head(query) / std::sqrt(double(depth)), by_head(key).transpose(2, 3));
  Tensor index = place.expand({batch, heads_, count, -1});
  Tensor map = query.transpose(1, 2).unflatten(2, {size.height, size.width});
  Tensor relative = relative_->forward(map).flatten(2).unflatten(1, {heads_, -1}).transpose(2, 3);
  Tensor logits = pairs.gather(3, index).add(relative).masked_fill(outside, kOutside);
  Tensor weights = at::softmax(logits, 3);
  Tensor spread = at::zeros_like(pairs).scatter_add(3, index, weights);
  Tensor sum = at::matmul(spread, by_head(value)) +
               at::matmul(weights, value_bias_[0].squeeze(3).transpose(1, 2));
  return output_->forward(sum.transpose(1, 2).flatten(2));
}

}  // namespace clipwork::iai
