#pragma once
// Multi-scale deformable attention, for models.

#include <clipwork/api.h>
#include <clipwork/module.h>
#include <clipwork/ops/linear.h>

#include <vector>

namespace clipwork {

/// Samples values of several maps at given places and sums them up by given weights.
/// value [B, S, heads, D] (maps in order, raster order inside; sizes in `levels`), locations [B, Q,
/// heads, levels, points, 2]
/// ((x, y) in [0, 1], pixel centres at half integers, zero outside), weights [B, Q, heads, levels,
/// points] -> [B, Q, heads * D]. The readable reference, of tensor operations, with gradients.
Tensor deformable_sample_plain(const Tensor& value, const std::vector<Size>& levels,
                               const Tensor& locations, const Tensor& weights);
/// The same by a fused CPU kernel (AVX-512, AVX2 or portable), with its gradient.
Tensor deformable_sample(const Tensor& value, const std::vector<Size>& levels,
                         const Tensor& locations, const Tensor& weights);

/// Deformable DETR's multi-scale attention where every token attends from its own place. Names:
/// value_proj, sampling_offsets, attention_weights, output_proj.
class CLIPWORK_API DeformableAttention : public torch::nn::Module, public Op {
 public:
  DeformableAttention(int64_t channels, int64_t heads, int64_t levels, int64_t points);
  ~DeformableAttention() override;
  /// query [B, S, C] (tokens with position), tokens [B, S, C]; S = all positions of `levels` in
  /// order.
  Tensor forward(const Tensor& query, const Tensor& tokens, const std::vector<Size>& levels);
  void prepare(const Inference& inference) override;

 private:
  struct Packed;
  class Places;
  Tensor sample_around(const Tensor& value, const Tensor& raw,
                       const std::vector<Size>& levels) const;

  int64_t channels_, heads_, levels_, points_;
  std::shared_ptr<Linear> value_, offsets_, weights_, output_;
  std::unique_ptr<Packed> packed_;
  std::unique_ptr<Places> places_;
  bool plain_ = false;
};

}  // namespace clipwork
