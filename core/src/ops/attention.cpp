#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <clipwork/error.h>
#include <clipwork/ops/attention.h>
#include <clipwork/ops/linear.h>

#include <cmath>
#include <limits>

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
  return attention_plain(q, k, v, heads, closed);
}

struct Attention::Packed {};

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
  return at::linear(input, in_weight_.narrow(0, part * channels_, channels_),
                    in_bias_.narrow(0, part * channels_, channels_));
}

Tensor Attention::project_key(const Tensor& key) { return project(1, key); }
Tensor Attention::project_value(const Tensor& value) { return project(2, value); }

Tensor Attention::attend(const Tensor& query, const Tensor& projected_key,
                         const Tensor& projected_value, const Tensor& closed) {
  return output_->forward(
      attention_plain(project(0, query), projected_key, projected_value, heads_, closed));
}

Tensor Attention::forward(const Tensor& query, const Tensor& key, const Tensor& value,
                          const Tensor& closed) {
  return attend(query, project_key(key), project_value(value), closed);
}

void Attention::prepare(const Inference&) {}

}  // namespace clipwork
