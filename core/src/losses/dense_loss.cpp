#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/full.h>
#include <ATen/ops/sigmoid.h>
#include <clipwork/losses/dense_loss.h>

namespace clipwork {

Tensor point_labels(const std::vector<Assignment>& matches, const std::vector<Tensor>& labels,
                    int64_t points, int64_t background) {
  auto batch = static_cast<int64_t>(matches.size());
  Tensor wanted = at::full({batch, points}, background, at::kLong);
  auto target = wanted.accessor<int64_t, 2>();
  for (int64_t b = 0; b < batch; ++b) {
    const auto known = labels[b].accessor<int64_t, 1>();
    for (size_t p = 0; p < matches[b].rows.size(); ++p) {
      target[b][matches[b].rows[p]] = known[matches[b].columns[p]];
    }
  }
  return wanted;
}

Tensor focal_loss(const Tensor& logits, const Tensor& labels) {
  constexpr double kAlpha = 0.25;
  Tensor channels = at::arange(logits.size(-1), labels.options()).to(logits.device());
  Tensor truth = labels.to(logits.device()).unsqueeze(-1).eq(channels).to(logits.scalar_type());
  Tensor p = at::sigmoid(logits);
  Tensor wrong = (1 - p) * truth + p * (1 - truth);
  Tensor balance = kAlpha * truth + (1 - kAlpha) * (1 - truth);
  Tensor entropy = at::binary_cross_entropy_with_logits(logits, truth, {}, {}, at::Reduction::None);
  return (entropy * balance * wrong * wrong).sum();
}

}  // namespace clipwork
