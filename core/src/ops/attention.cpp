#include <ATen/ops/div.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softmax.h>
#include <clipwork/error.h>
#include <clipwork/ops/attention.h>
#include <clipwork/ops/linear.h>
#include <clipwork/parallel.h>

#include <array>
#include <cmath>
#include <limits>

#include "fast.h"
#include "kernels.h"
#include "onednn.h"

namespace clipwork {

Tensor attention_plain(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                       const Tensor& closed) {
  auto by_head = [heads](const Tensor& x) { return x.unflatten(2, {heads, -1}).transpose(1, 2); };
  double scale = 1 / std::sqrt(double(q.size(2) / heads));
  Tensor scores = at::matmul(by_head(q) * scale, by_head(k).transpose(2, 3));
  if (closed.defined()) {
    scores = scores.masked_fill(closed.unsqueeze(1), -std::numeric_limits<double>::infinity());
  }
  return at::matmul(at::softmax(scores, -1), by_head(v)).transpose(1, 2).flatten(2);
}

Tensor attention_fast(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                      const Tensor& closed) {
  int64_t batch = q.size(0), queries = q.size(1), channels = q.size(2), keys = k.size(1);
  int64_t depth = channels / heads;
  float scale = float(1 / std::sqrt(double(depth)));
  Tensor open_at = closed.defined() ? closed.contiguous() : closed;
  Tensor output = at::empty({batch, queries, channels}, q.options());
  // One head at a time, so that its scores stay in the cache between the two products.
  parallel_for(0, batch * heads, 1, [&](int64_t first, int64_t last) {
    c10::InferenceMode mode;
    Tensor scores = at::empty({queries, keys}, q.options());
    Tensor sums = at::empty({queries, 1}, q.options());
    for (int64_t i = first; i < last; ++i) {
      auto of_head = [&](const Tensor& x) {
        return x.select(0, i / heads).narrow(1, i % heads * depth, depth);
      };
      at::mm_out(scores, of_head(q), of_head(k).t());
      for (int64_t row = 0; row < queries; ++row) {
        const bool* mask = open_at.defined()
                               ? open_at.const_data_ptr<bool>() + (i / heads * queries + row) * keys
                               : nullptr;
        sums.mutable_data_ptr<float>()[row] =
            kernels()->masked_exp(scores.mutable_data_ptr<float>() + row * keys, mask, keys, scale);
      }
      Tensor part = of_head(output);
      at::div_out(part, at::mm(scores, of_head(v)), sums);
    }
  });
  return output;
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                 const Tensor& closed, bool fast) {
  auto* form = fast && runs_fast(q) ? attention_fast : attention_plain;
  return form(q, k, v, heads, closed);
}

struct Attention::Packed {
  // Queries, keys, values.
  std::array<std::unique_ptr<onednn::Product>, 3> products;
};

Attention::Attention(int64_t channels, int64_t heads) : channels_(channels), heads_(heads) {
  if (channels <= 0 || heads <= 0 || channels % heads != 0) {
    throw Error(cat("attention of ", channels, " channels in ", heads, " heads"), "Attention",
                "the channels must be a multiple of the heads");
  }
  in_weight_ = make_parameter(*this, "in_proj_weight", {3 * channels, channels});
  in_bias_ = make_parameter(*this, "in_proj_bias", {3 * channels});
  output_ = make_child<Linear>(*this, "out_proj", channels, channels);
}

Attention::~Attention() = default;

Tensor Attention::project(int64_t part, const Tensor& input) {
  if (packed_ && runs_fast(input)) return packed_->products[size_t(part)]->run(input);
  return at::linear(input, in_weight_.narrow(0, part * channels_, channels_),
                    in_bias_.narrow(0, part * channels_, channels_));
}

Tensor Attention::project_key(const Tensor& key) { return project(1, key); }
Tensor Attention::project_value(const Tensor& value) { return project(2, value); }

Tensor Attention::attend(const Tensor& query, const Tensor& projected_key,
                         const Tensor& projected_value, const Tensor& closed) {
  return output_->forward(attention(project(0, query), projected_key, projected_value, heads_,
                                    closed, packed_ != nullptr));
}

Tensor Attention::forward(const Tensor& query, const Tensor& key, const Tensor& value,
                          const Tensor& closed) {
  return attend(query, project_key(key), project_value(value), closed);
}

void Attention::prepare(const Inference& inference) {
  packed_.reset();
  if (inference.plain || !is_float_cpu(in_weight_)) return;
  packed_ = std::make_unique<Packed>();
  for (int64_t part = 0; part < 3; ++part) {
    packed_->products[size_t(part)] = std::make_unique<onednn::Product>(
        in_weight_.detach().narrow(0, part * channels_, channels_),
        in_bias_.detach().narrow(0, part * channels_, channels_));
  }
}

}  // namespace clipwork
