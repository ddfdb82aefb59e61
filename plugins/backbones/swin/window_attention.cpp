#include "window_attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/parallel.h>

#include <cmath>

namespace clipwork::swin {

namespace {

/// [N, N]: the row of the table for query place and key place.
Tensor table_index(int64_t window) {
  Tensor places = at::arange(window * window, at::kLong);
  Tensor row = places.div(window, "floor"), column = places.remainder(window);
  Tensor down = row.unsqueeze(1) - row + (window - 1);
  Tensor across = column.unsqueeze(1) - column + (window - 1);
  return down * (2 * window - 1) + across;
}

}  // namespace

WindowAttention::WindowAttention(int64_t channels, int64_t window, int64_t heads, bool qkv_bias)
    : heads_(heads), places_(window * window) {
  qkv_ = make_child<Linear>(*this, "qkv", channels, 3 * channels, qkv_bias);
  output_ = make_child<Linear>(*this, "proj", channels, channels);
  table_ = make_parameter(*this, "relative_position_bias_table",
                          {(2 * window - 1) * (2 * window - 1), heads});
  index_ = register_buffer("relative_position_index", table_index(window));
}

Tensor WindowAttention::bias() const {
  return table_.index_select(0, index_.flatten())
      .view({places_, places_, heads_})
      .permute({2, 0, 1})
      .contiguous();
}

void WindowAttention::prepare(const Inference& inference) {
  packed_bias_ = Tensor();
  if (inference.plain || !table_.is_cpu()) return;
  c10::NoGradGuard no_gradient;
  packed_bias_ = bias().detach();
}

Tensor WindowAttention::forward(const Tensor& tokens, const Windows& windows) {
  // [windows of all pictures, N, 3, heads, depth]
  Tensor qkv = qkv_->forward(tokens).view({-1, places_, 3, heads_, tokens.size(2) / heads_});
  bool fast = packed_bias_.defined() && !c10::GradMode::is_enabled();
  Tensor mixed = fast ? attend_each(qkv, windows) : attend(qkv, windows);
  return output_->forward(mixed.view(tokens.sizes()));
}

Tensor WindowAttention::attend(const Tensor& qkv, const Windows& windows) const {
  double scale = 1 / std::sqrt(static_cast<double>(qkv.size(4)));
  Tensor parts = qkv.permute({2, 0, 3, 1, 4});
  Tensor scores = at::matmul(parts[0] * scale, parts[1].transpose(2, 3)) + bias();
  if (windows.mask.defined()) {
    scores = scores.unflatten(0, {-1, windows.count()}) + windows.mask.unsqueeze(1);
    scores = scores.flatten(0, 1);
  }
  return at::matmul(at::softmax(scores, -1), parts[2]).transpose(1, 2).contiguous();
}

// One window at a time, so that its scores stay in the cache between the products.
Tensor WindowAttention::attend_each(const Tensor& qkv, const Windows& windows) const {
  double scale = 1 / std::sqrt(static_cast<double>(qkv.size(4)));
  Tensor mixed = at::empty({qkv.size(0), places_, heads_, qkv.size(4)}, qkv.options());
  parallel_for(0, qkv.size(0), 1, [&](int64_t first, int64_t last) {
    c10::InferenceMode mode;
    for (int64_t i = first; i < last; ++i) {
      Tensor parts = qkv[i].permute({1, 2, 0, 3});
      Tensor scores = at::baddbmm(packed_bias_, parts[0], parts[1].transpose(1, 2), 1, scale);
      int64_t place = i % windows.count();
      if (windows.mask.defined() && windows.masked[place]) scores.add_(windows.mask[place]);
      mixed[i].copy_(at::bmm(at::softmax(scores, -1), parts[2]).transpose(0, 1));
    }
  });
  return mixed;
}

}  // namespace clipwork::swin
