#pragma once
#include <clipwork/context.h>
#include <clipwork/module.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ops/norm.h>

#include <memory>
#include <vector>

#include "gated_conv.h"
#include "local_attention.h"
#include "parameters.h"

namespace clipwork::iai {

/// Keys and values of one layer, [B, positions, C] each.
struct KeyValues {
  Tensor keys, values;
};

/// The memory of one layer.
struct LayerMemory {
  KeyValues local;   ///< of the frame before
  KeyValues global;  ///< of remembered frames, the newest first
};

/// A frame inside a layer, after its attention to itself.
struct LayerQuery {
  Tensor sum;     ///< [B, h w, C], what the layer goes on with
  Tensor normed;  ///< the same after its norm: what values are made of
  Tensor key;     ///< the frame's keys, and its query to memories
};

/// The hybrid association block's layer. Names: self_attn.{linear_Q, linear_K, linear_V,
/// projection}, linear_Q, linear_V, long_term_attn.projection, short_term_attn.*, linear1,
/// activation.*, linear2, norm1, norm2, norm3.
class AssociationLayer : public torch::nn::Module, public Op {
 public:
  explicit AssociationLayer(const Parameters& parameters);
  /// x [B, h w, C], position [h w, C].
  LayerQuery look_inside(const Tensor& x, const Tensor& position, Context& context);
  /// The layer's output [B, h w, C].
  Tensor remember(const LayerQuery& query, const LayerMemory& memory, Size size, Context& context);
  /// The values that go with a frame's keys: `ids` [B, h w, C], its id embedding; undefined where
  /// there is none.
  Tensor values(const LayerQuery& query, const Tensor& ids);
  void prepare(const Inference& inference) override { fast_ = !inference.plain; }

 private:
  /// Whole positions of a branch dropped, in training.
  Tensor drop(const Tensor& branch, Context& context) const;

  bool fast_ = false;
  int64_t self_heads_, memory_heads_;
  double drop_path_;
  std::shared_ptr<AddNorm> norm1_, norm2_, norm3_;
  std::shared_ptr<Linear> self_query_, self_key_, self_value_, self_output_;
  std::shared_ptr<Linear> query_, value_, global_output_, linear1_, linear2_;
  std::shared_ptr<LocalAttention> local_;
  std::shared_ptr<GatedConv> activation_;
};

}  // namespace clipwork::iai
