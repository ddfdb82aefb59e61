#pragma once
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/linear.h>

#include <deque>
#include <memory>
#include <mutex>

namespace clipwork::iai {

/// Attention to a window round the same place of another map (AOT's short-term attention). Names:
/// relative_emb, V_bias, fc.
class LocalAttention : public torch::nn::Module {
 public:
  /// `reach` positions each way: windows of (2 reach + 1)^2.
  LocalAttention(int64_t channels, int64_t heads, int64_t reach);
  /// query, key, value [B, h w, C] of maps of `size`, rows first -> [B, h w, C].
  Tensor forward(const Tensor& query, const Tensor& key, const Tensor& value, Size size);

 private:
  /// For every position, the positions of its window [h w, window] (moved inside), and which of
  /// them are outside the map.
  struct Neighbours {
    Size size;
    Tensor place, outside;
  };
  Neighbours neighbours(Size size, const Tensor& like);

  int64_t heads_, reach_;
  std::shared_ptr<Conv> relative_;
  Tensor value_bias_;
  std::shared_ptr<Linear> output_;
  std::mutex mutex_;
  std::deque<Neighbours> known_;
};

}  // namespace clipwork::iai
