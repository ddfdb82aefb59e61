#pragma once
// Parts that the query decoders of the Mask2Former family share: layers of cross-attention,
// self-attention and feed-forward, and the heads that read predictions from queries. Both register
// their parts directly on the owner, under the published names.

#include <clipwork/api.h>
#include <clipwork/module.h>
#include <clipwork/ops/attention.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ops/norm.h>

#include <memory>
#include <string>
#include <vector>

namespace clipwork {

/// A learned table [rows, columns], registered as `name.weight`.
Tensor make_table(torch::nn::Module& parent, const std::string& name, int64_t rows,
                  int64_t columns);

/// True if a module is such a table.
bool is_table(const torch::nn::Module& module);

struct QueryLayersOptions {
  int64_t layers = 9, channels = 256, heads = 8, feedforward = 2048;
  bool pre_norm = false;
};

/// Layers of a query decoder; names transformer_cross_attention_layers.J.{multihead_attn,norm},
/// transformer_self_attention_layers.J.{self_attn,norm},
/// transformer_ffn_layers.J.{linear1,linear2,norm}.
class CLIPWORK_API QueryLayers {
 public:
  QueryLayers(torch::nn::Module& owner, const QueryLayersOptions& options);
  int64_t count() const { return static_cast<int64_t>(layers_.size()); }
  /// Keys and values [B, S, C] as layer `layer` projects them: for those that are used again.
  Tensor project_key(int64_t layer, const Tensor& key) const;
  Tensor project_value(int64_t layer, const Tensor& value) const;
  /// The change of them by `added` [..., C], where it is added to keys or values before.
  Tensor shift_of_keys(int64_t layer, const Tensor& added) const;
  Tensor shift_of_values(int64_t layer, const Tensor& added) const;
  /// One layer: cross-attention to projected keys and values under `closed` (bool [B, Q, S] or
  /// undefined), self-attention, feed-forward. `queries` [B, Q, C]; `positions` broadcasts to it.
  Tensor forward(int64_t layer, const Tensor& queries, const Tensor& positions,
                 const Tensor& projected_key, const Tensor& projected_value,
                 const Tensor& closed) const;
  /// Its two parts: cross-attention, whose result is added to `residual` (to `queries` where it is
  /// undefined), and what follows it. `self_mask`: the mask of the
  /// self-attention, [B, Q, Q] as `Attention::forward` takes it, or undefined.
  Tensor cross(int64_t layer, const Tensor& queries, const Tensor& positions,
               const Tensor& projected_key, const Tensor& projected_value, const Tensor& closed,
               const Tensor& residual = {}) const;
  Tensor rest(int64_t layer, const Tensor& crossed, const Tensor& positions,
              const Tensor& self_mask = {}) const;

 private:
  struct Layer {
    std::shared_ptr<Attention> cross, self;
    std::shared_ptr<AddNorm> cross_norm, self_norm, feedforward_norm;
    std::shared_ptr<Linear> linear1, linear2;
  };
  bool pre_norm_;
  std::vector<Layer> layers_;
};

/// The heads that read queries: decoder_norm, class_embed, mask_embed.
class CLIPWORK_API PredictionHeads {
 public:
  PredictionHeads(torch::nn::Module& owner, int64_t channels, int64_t classes,
                  int64_t mask_channels);
  /// decoder_norm(queries): what trackers compare and the heads read.
  Tensor embeddings(const Tensor& queries) const { return norm_->forward(queries); }
  /// Logits [..., K + 1] of embeddings.
  Tensor classes(const Tensor& embeddings) const { return classes_->forward(embeddings); }
  /// Mask embeddings [..., D] of embeddings: their product with mask features are mask logits.
  Tensor masks(const Tensor& embeddings) const { return masks_->forward(embeddings); }

 private:
  std::shared_ptr<AddNorm> norm_;
  std::shared_ptr<Linear> classes_;
  std::shared_ptr<Mlp> masks_;
};

/// The places closed to masked attention: [B, Q, S] true where the mask logit is below zero
/// (sigmoid below one half).
Tensor closed_by(const Tensor& mask_logits);
/// The same with rows that are closed everywhere opened: a query without a mask attends everywhere.
Tensor open_empty_rows(const Tensor& closed);

}  // namespace clipwork
