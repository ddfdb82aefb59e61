#pragma once
#include <clipwork/ops/linear.h>

#include "windows.h"

namespace clipwork::swin {

/// Self-attention within windows, with a learned bias for each offset between two places. Names:
/// qkv, proj, relative_position_bias_table [(2w - 1)^2, heads]; and the index of that table, which
/// checkpoints have as a buffer.
class WindowAttention : public torch::nn::Module, public Op {
 public:
  WindowAttention(int64_t channels, int64_t window, int64_t heads, bool qkv_bias);
  /// Tokens by window [B, windows N, C] to the same.
  Tensor forward(const Tensor& tokens, const Windows& windows);
  void prepare(const Inference& inference) override;

 private:
  Tensor bias() const;  // [heads, N, N]
  Tensor attend(const Tensor& qkv, const Windows& windows) const;
  Tensor attend_each(const Tensor& qkv, const Windows& windows) const;

  int64_t heads_, places_;
  std::shared_ptr<Linear> qkv_, output_;
  Tensor table_, index_;
  Tensor packed_bias_;  // undefined in the plain form
};

}  // namespace clipwork::swin
