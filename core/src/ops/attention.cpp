#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
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

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/kernels.h"
#include "ops/fast.h"
#include "ops/onednn.h"

namespace clipwork {

namespace {

/// [B, S, C] to [B, heads, S, C / heads].
Tensor by_head(const Tensor& x, int64_t heads) {
  return x.unflatten(2, {heads, -1}).transpose(1, 2);
}

/// Whether a mask is added to the scores instead of closing places.
bool is_added(const Tensor& closed) { return closed.is_floating_point(); }

/// Attention of queries, keys and values by head; `closed` is the same for every head.
Tensor attend_by_head(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& closed) {
  double scale = 1 / std::sqrt(double(q.size(3)));
  Tensor scores = at::matmul(q * scale, k.transpose(2, 3));
  if (closed.defined()) {
    const Tensor of_head = closed.unsqueeze(1);
    scores = is_added(closed)
                 ? scores + of_head
                 : scores.masked_fill(of_head, -std::numeric_limits<double>::infinity());
  }
  return at::matmul(at::softmax(scores, -1), v).transpose(1, 2).flatten(2);
}

/// How many of `queries` share a block of scores that holds about `pairs` of them, `keys` a query.
int64_t queries_a_block(int64_t pairs, int64_t queries, int64_t keys) {
  // A product of fewer rows would wait for memory.
  constexpr int64_t kFewest = 16;
  return std::min(queries, std::max(kFewest, pairs / std::max<int64_t>(keys, 1)));
}

}  // namespace

Tensor attention_plain(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                       const Tensor& closed) {
  return attend_by_head(by_head(q, heads), by_head(k, heads), by_head(v, heads), closed);
}

Tensor attention_lean(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                      const Tensor& closed) {
  // Scores of all heads at once: 128 MB.
  constexpr int64_t kPairs = int64_t{1} << 25;
  int64_t queries = q.size(1);
  int64_t block = queries_a_block(kPairs, queries, q.size(0) * heads * k.size(1));
  if (block >= queries) return attention_plain(q, k, v, heads, closed);
  Tensor keys = by_head(k, heads).contiguous(), values = by_head(v, heads).contiguous();
  std::vector<Tensor> parts;
  for (int64_t first = 0; first < queries; first += block) {
    auto part = [&](const Tensor& x) {
      return x.defined() ? x.narrow(1, first, std::min(block, queries - first)) : x;
    };
    parts.push_back(attend_by_head(by_head(part(q), heads), keys, values, part(closed)));
  }
  return at::cat(parts, 1);
}

Tensor attention_fast(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                      const Tensor& closed) {
  // Scores of one head: 4 MB, which stay in the cache between the two products.
  constexpr int64_t kPairs = int64_t{1} << 20;
  int64_t batch = q.size(0), queries = q.size(1), channels = q.size(2), keys = k.size(1);
  int64_t depth = channels / heads, block = queries_a_block(kPairs, queries, keys);
  float scale = float(1 / std::sqrt(double(depth)));
  Tensor open_at = closed.defined() ? closed.contiguous() : closed;
  Tensor output = at::empty({batch, queries, channels}, q.options());
  parallel_for(0, batch * heads, 1, [&](int64_t first, int64_t last) {
    c10::InferenceMode mode;
    Tensor all_scores = at::empty({block, keys}, q.options());
    Tensor all_sums = at::empty({block, 1}, q.options());
    for (int64_t i = first; i < last; ++i) {
      auto of_head = [&](const Tensor& x) {
        return x.select(0, i / heads).narrow(1, i % heads * depth, depth);
      };
      for (int64_t start = 0; start < queries; start += block) {
        int64_t count = std::min(block, queries - start);
        Tensor scores = all_scores.narrow(0, 0, count), sums = all_sums.narrow(0, 0, count);
        at::mm_out(scores, of_head(q).narrow(0, start, count), of_head(k).t());
        for (int64_t row = 0; row < count; ++row) {
          const bool* mask = open_at.defined() ? open_at.const_data_ptr<bool>() +
                                                     (i / heads * queries + start + row) * keys
                                               : nullptr;
          sums.mutable_data_ptr<float>()[row] = kernels()->masked_exp(
              scores.mutable_data_ptr<float>() + row * keys, mask, keys, scale);
        }
        Tensor part = of_head(output).narrow(0, start, count);
        at::div_out(part, at::mm(scores, of_head(v)), sums);
      }
    }
  });
  return output;
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                 const Tensor& closed, bool fast) {
  const bool added = closed.defined() && is_added(closed);
  auto* form = fast && !added && runs_fast(q) ? attention_fast : attention_lean;
  return form(q, k, v, heads, closed);
}

struct Attention::Packed {
  // Queries, keys, values.
  std::array<std::unique_ptr<onednn::Product>, 3> products;
};

Attention::Attention(int64_t channels, int64_t heads) : channels_(channels), heads_(heads) {
  if (channels <= 0 || heads <= 0 || channels % heads != 0) {
    throw Error(cat("invalid attention: ", channels, " channels, ", heads, " heads"), "Attention",
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

Tensor Attention::shift_of_keys(const Tensor& added) const {
  return at::linear(added, in_weight_.narrow(0, channels_, channels_));
}
Tensor Attention::shift_of_values(const Tensor& added) const {
  return at::linear(added, in_weight_.narrow(0, 2 * channels_, channels_));
}

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
