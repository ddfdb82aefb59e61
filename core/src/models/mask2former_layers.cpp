#include <ATen/TensorOperators.h>
#include <ATen/ops/sigmoid.h>
#include <clipwork/error.h>
#include <clipwork/models/mask2former_layers.h>

namespace clipwork {

namespace {

struct Table : torch::nn::Module {};

}  // namespace

bool is_table(const torch::nn::Module& module) {
  return dynamic_cast<const Table*>(&module) != nullptr;
}

Tensor make_table(torch::nn::Module& parent, const std::string& name, int64_t rows,
                  int64_t columns) {
  auto table = std::make_shared<Table>();
  add_child(parent, name, table);
  return make_parameter(*table, "weight", {rows, columns});
}

QueryLayers::QueryLayers(torch::nn::Module& owner, const QueryLayersOptions& o)
    : pre_norm_(o.pre_norm) {
  for (int64_t i = 0; i < o.layers; ++i) {
    std::string cross = cat("transformer_cross_attention_layers.", i, ".");
    std::string self = cat("transformer_self_attention_layers.", i, ".");
    std::string feedforward = cat("transformer_ffn_layers.", i, ".");
    Layer layer;
    layer.cross = make_child<Attention>(owner, cross + "multihead_attn", o.channels, o.heads);
    layer.cross_norm = make_child<AddNorm>(owner, cross + "norm", o.channels);
    layer.self = make_child<Attention>(owner, self + "self_attn", o.channels, o.heads);
    layer.self_norm = make_child<AddNorm>(owner, self + "norm", o.channels);
    layer.linear1 = make_child<Linear>(owner, feedforward + "linear1", o.channels, o.feedforward,
                                       true, Activation::relu);
    layer.linear2 = make_child<Linear>(owner, feedforward + "linear2", o.feedforward, o.channels);
    layer.feedforward_norm = make_child<AddNorm>(owner, feedforward + "norm", o.channels);
    layers_.push_back(std::move(layer));
  }
}

Tensor QueryLayers::project_key(int64_t layer, const Tensor& key) const {
  return layers_[layer].cross->project_key(key);
}

Tensor QueryLayers::project_value(int64_t layer, const Tensor& value) const {
  return layers_[layer].cross->project_value(value);
}

Tensor QueryLayers::shift_of_keys(int64_t layer, const Tensor& added) const {
  return layers_[layer].cross->shift_of_keys(added);
}

Tensor QueryLayers::shift_of_values(int64_t layer, const Tensor& added) const {
  return layers_[layer].cross->shift_of_values(added);
}

Tensor QueryLayers::forward(int64_t index, const Tensor& queries, const Tensor& positions,
                            const Tensor& projected_key, const Tensor& projected_value,
                            const Tensor& closed) const {
  return rest(index, cross(index, queries, positions, projected_key, projected_value, closed),
              positions);
}

Tensor QueryLayers::cross(int64_t index, const Tensor& queries, const Tensor& positions,
                          const Tensor& projected_key, const Tensor& projected_value,
                          const Tensor& closed, const Tensor& residual) const {
  const Layer& layer = layers_[index];
  const Tensor& carried = residual.defined() ? residual : queries;
  Tensor from = pre_norm_ ? layer.cross_norm->forward(queries) : queries;
  Tensor change = layer.cross->attend(from + positions, projected_key, projected_value, closed);
  return pre_norm_ ? carried + change : layer.cross_norm->forward(change, carried);
}

Tensor QueryLayers::rest(int64_t index, const Tensor& crossed, const Tensor& positions,
                         const Tensor& self_mask) const {
  const Layer& layer = layers_[index];
  Tensor x = crossed;
  if (pre_norm_) {
    Tensor y = layer.self_norm->forward(x);
    x = x + layer.self->forward(y + positions, y + positions, y, self_mask);
    y = layer.feedforward_norm->forward(x);
    return x + layer.linear2->forward(layer.linear1->forward(y));
  }
  Tensor placed = x + positions;
  x = layer.self_norm->forward(layer.self->forward(placed, placed, x, self_mask), x);
  return layer.feedforward_norm->forward(layer.linear2->forward(layer.linear1->forward(x)), x);
}

PredictionHeads::PredictionHeads(torch::nn::Module& owner, int64_t channels, int64_t classes,
                                 int64_t mask_channels)
    : norm_(make_child<AddNorm>(owner, "decoder_norm", channels)),
      classes_(make_child<Linear>(owner, "class_embed", channels, classes + 1)),
      masks_(make_child<Mlp>(owner, "mask_embed", channels, channels, mask_channels, 3)) {}

// The public code compares the sigmoid; for logits within 1e-7 of zero that is not the same as
// comparing the logit.
Tensor closed_by(const Tensor& mask_logits) { return at::sigmoid(mask_logits) < 0.5; }

Tensor open_empty_rows(const Tensor& closed) { return closed & closed.all(-1, true).logical_not(); }

}  // namespace clipwork
