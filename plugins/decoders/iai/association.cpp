#include "association.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <clipwork/ops/attention.h>
#include <clipwork/tap.h>

namespace clipwork::iai {

AssociationLayer::AssociationLayer(const Parameters& p)
    : self_heads_(p.self_heads), memory_heads_(p.memory_heads), drop_path_(p.drop_path) {
  auto linear = [&](const char* name, int64_t in, int64_t out) {
    return make_child<Linear>(*this, name, in, out);
  };
  int64_t c = p.channels;
  norm1_ = make_child<AddNorm>(*this, "norm1", c);
  norm2_ = make_child<AddNorm>(*this, "norm2", c);
  norm3_ = make_child<AddNorm>(*this, "norm3", c);
  self_query_ = linear("self_attn.linear_Q", c, c);
  self_key_ = linear("self_attn.linear_K", c, c);
  self_value_ = linear("self_attn.linear_V", c, c);
  self_output_ = linear("self_attn.projection", c, c);
  query_ = linear("linear_Q", c, c);
  value_ = linear("linear_V", c, c);
  if (p.global) global_output_ = linear("long_term_attn.projection", c, c);
  if (p.local)
    local_ = make_child<LocalAttention>(*this, "short_term_attn", c, p.memory_heads, p.reach);
  linear1_ = linear("linear1", c, p.feedforward);
  activation_ = make_child<GatedConv>(*this, "activation", p.feedforward);
  linear2_ = linear("linear2", p.feedforward, c);
}

Tensor AssociationLayer::drop(const Tensor& branch, Context& context) const {
  if (!context.training || drop_path_ == 0) return branch;
  Tensor draw = at::rand({1, branch.size(1), 1}, context.random("drop_path"), at::kFloat);
  return branch * draw.ge(drop_path_).to(branch.options()).div(1 - drop_path_);
}

LayerQuery AssociationLayer::look_inside(const Tensor& x, const Tensor& position,
                                         Context& context) {
  Tensor normed = norm2_->forward(x), placed = normed + position;
  Tensor self =
      self_output_->forward(attention(self_query_->forward(placed), self_key_->forward(placed),
                                      self_value_->forward(normed), self_heads_, {}, fast_));
  LayerQuery query;
  query.sum = x + drop(tap(self, "self_attention"), context);
  query.normed = norm1_->forward(query.sum);
  query.key = query_->forward(query.normed);
  return query;
}

Tensor AssociationLayer::remember(const LayerQuery& query, const LayerMemory& memory, Size size,
                                  Context& context) {
  Tensor x = query.sum;
  if (global_output_) {
    Tensor seen =
        attention(query.key, memory.global.keys, memory.global.values, memory_heads_, {}, fast_);
    x = x + tap(global_output_->forward(seen), "global_attention");
  }
  if (local_) {
    Tensor seen = local_->forward(query.key, memory.local.keys, memory.local.values, size);
    x = x + drop(tap(seen, "local_attention"), context);
  }
  Tensor map =
      linear1_->forward(norm3_->forward(x)).transpose(1, 2).unflatten(2, {size.height, size.width});
  Tensor active = tap(activation_->forward(map).flatten(2).transpose(1, 2), "activation");
  return x + drop(linear2_->forward(active), context);
}

Tensor AssociationLayer::values(const LayerQuery& query, const Tensor& ids) {
  return value_->forward(ids.defined() ? query.normed + ids : query.normed);
}

}  // namespace clipwork::iai
