#pragma once
// Multi-head attention, for models.

#include <clipwork/api.h>
#include <clipwork/module.h>
#include <clipwork/ops/linear.h>

namespace clipwork {

/// Multi-head attention with packed projections, batch first. Names: in_proj_weight [3C, C] (q, k,
/// v), in_proj_bias, out_proj.weight, out_proj.bias. Scale head_dim^-0.5.
class CLIPWORK_API Attention : public torch::nn::Module, public Op {
 public:
  Attention(int64_t channels, int64_t heads);
  ~Attention() override;
  /// query [B, Q, C], key and value [B, S, C]. `closed`, the same for every head: bool [B, Q, S]
  /// (true: not attended), or float [B, Q, S], which is added to the scores, or undefined. A row
  /// that is closed everywhere must have been opened by the caller.
  Tensor forward(const Tensor& query, const Tensor& key, const Tensor& value,
                 const Tensor& closed = {});
  /// The two halves of `forward`, for keys and values that are used again: keys and values
  /// projected, [B, S, C].
  Tensor project_key(const Tensor& key);
  Tensor project_value(const Tensor& value);
  /// The change of them by `added`, where it is added to keys or values before they are projected.
  Tensor shift_of_keys(const Tensor& added) const;
  Tensor shift_of_values(const Tensor& added) const;
  Tensor attend(const Tensor& query, const Tensor& projected_key, const Tensor& projected_value,
                const Tensor& closed = {});
  void prepare(const Inference& inference) override;

 private:
  struct Packed;
  Tensor project(int64_t part, const Tensor& input);

  int64_t channels_, heads_;
  Tensor in_weight_, in_bias_;
  std::shared_ptr<Linear> output_;
  std::unique_ptr<Packed> packed_;
};

/// softmax(q k^T / sqrt(d)) v per head with a mask: q [B, Q, C], k, v [B, S, C], closed as of
/// `Attention::forward` -> [B, Q, C]. The readable reference.
Tensor attention_plain(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                       const Tensor& closed);
/// The same for a few queries at a time, so that memory does not grow with queries x keys: for all
/// tokens of a long video.
Tensor attention_lean(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                      const Tensor& closed);
/// The same, equally lean, by an own masked softmax between two products. Float32 CPU tensors,
/// closed bool or undefined, no gradient.
Tensor attention_fast(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                      const Tensor& closed);

/// `attention_fast` where it can run and `fast` is set, else `attention_lean`.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                 const Tensor& closed, bool fast);

}  // namespace clipwork
