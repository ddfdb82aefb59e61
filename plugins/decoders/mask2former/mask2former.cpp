// Mask2Former's masked-attention decoder for one frame (sem_seg_head.predictor.* of the published
// checkpoints): the image model, and with the embedding tracker MinVIS.

#include <ATen/TensorOperators.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <clipwork/decoder.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/position.h>
#include <clipwork/ops/query_layers.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>

namespace {

using namespace clipwork;

/// Attended maps, coarse first; layer i attends to level i mod kLevels.
constexpr int64_t kLevels = 3;

struct Parameters {
  int64_t queries = 100, channels = 256, heads = 8, layers = 9, feedforward = 2048;
  bool pre_norm = false;
  std::string attention_masks = "reduced";
  void describe(Describer& d) {
    d("queries", queries, "learned queries").range(1, 10000);
    d("channels", channels, "width of the queries").range(1, 4096);
    d("heads", heads, "attention heads").range(1, 64);
    d("layers", layers, "decoder layers").range(1, 64);
    d("feedforward", feedforward, "inner width of the feed-forward part").range(1, 65536);
    d("pre_norm", pre_norm, "norms before attention and feed-forward instead of behind them");
    d("attention_masks", attention_masks,
      "masks for attention: at stride 4 and then shrunk, as published, or from mask features that "
      "are shrunk once a "
      "frame (equal but for rounding, and quicker)")
        .choices({"reduced", "published"});
  }
};

/// A level's size travels in its memo entry: maps are kept as [N, C, h, w].
std::string level_name(int64_t level) { return cat("level.", level); }
std::string reduced_name(int64_t level) { return cat("mask_features.", level); }

Tensor tokens_of(const Tensor& map) { return map.permute({0, 2, 3, 1}).flatten(1, 2); }

/// [B, Q, h, w]: mask logits of mask embeddings [B, Q, D] over features [B, D, h, w].
Tensor mask_logits(const Tensor& embeddings, const Tensor& features) {
  return at::einsum("bqd,bdhw->bqhw", {embeddings, features});
}

class Network : public torch::nn::Module {
 public:
  Network(const Parameters& p, const Given& given)
      : layers(*this, {p.layers, p.channels, p.heads, p.feedforward, p.pre_norm}),
        heads(*this, p.channels, given.classes, given.find("mask_features")->channels) {
    query_features = make_table(*this, "query_feat", p.queries, p.channels);
    query_positions = make_table(*this, "query_embed", p.queries, p.channels);
    level_embed = make_table(*this, "level_embed", kLevels, p.channels);
    for (int64_t level = 0; level < kLevels; ++level) {
      int64_t in = given.find(cat("multi_scale.", level))->channels;
      if (in == p.channels) continue;
      ConvOptions projection;
      projection.in = in;
      projection.out = p.channels;
      projection.bias = true;
      input.push_back(make_child<Conv>(*this, cat("input_proj.", level), projection));
    }
  }

  QueryLayers layers;
  PredictionHeads heads;
  Tensor query_features, query_positions, level_embed;
  std::vector<std::shared_ptr<Conv>> input;  ///< empty where the maps have the queries' width
};

class Mask2Former : public Decoder {
 public:
  using Parameters = ::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    if (p.channels % p.heads != 0 || p.channels % 4 != 0) {
      throw InputError(
          cat("channels ", p.channels, " must be a multiple of heads (", p.heads, ") and of 4"));
    }
    Contract contract;
    for (int64_t level = 0; level < kLevels; ++level) {
      contract.needs.push_back(cat("map:multi_scale.", level));
    }
    contract.needs.push_back("map:mask_features");
    contract.gives = {"start.queries", "embeddings", "queries", "masks"};
    contract.max_window = 1;
    contract.independent = true;
    return contract;
  }

  Mask2Former(const Parameters& p, const Given& given)
      : network_(std::make_shared<Network>(p, given)), reduced_(p.attention_masks == "reduced") {}

  torch::nn::Module* weights() override { return network_.get(); }
  // Checkpoints of the first public version call the queries "static_query".
  WeightNames weight_names() const override {
    return {"sem_seg_head.predictor.", {{"\\.static_query\\.", ".query_feat."}}, {}};
  }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }

  FrameMemo encode(const FrameFeatures& features, Context&) override {
    FrameMemo memo;
    Tensor mask_features = features.at("mask_features").value;
    for (int64_t level = 0; level < kLevels; ++level) {
      Tensor map = features.at(cat("multi_scale.", level)).value;
      if (!network_->input.empty()) map = network_->input[level]->forward(map);
      Tensor embed = network_->level_embed[level].view({1, -1, 1, 1});
      memo.tensors.set(level_name(level), map + embed, Keep::bulk);
      if (reduced_) {
        // Shrinking is linear, so masks of shrunk features are the shrunk masks.
        memo.tensors.set(reduced_name(level),
                         at::upsample_bilinear2d(mask_features, {map.size(2), map.size(3)}, false),
                         Keep::bulk);
      }
    }
    memo.tensors.set("mask_features", mask_features, Keep::bulk);
    return memo;
  }

  Tensors start(int64_t batch) override {
    Tensors start;
    start.set("queries", network_->query_features.unsqueeze(0).expand({batch, -1, -1}));
    return start;
  }

  ClipPrediction decode(const Window& window, const Tensors& start, State&,
                        Context& context) override {
    const Tensors& memo = window.memos[0].tensors;
    Tensor mask_features = memo.at("mask_features");
    Tensor queries = start.at("queries");
    Tensor positions = network_->query_positions.unsqueeze(0);
    std::vector<Tensor> keys, values;
    for (int64_t level = 0; level < kLevels; ++level) {
      const Tensor& map = memo.at(level_name(level));
      Tensor code = positions_.get(map.size(1), map.size(2), map.size(3), map);
      values.push_back(tokens_of(map));
      keys.push_back(tokens_of(map + code));
    }
    std::vector<ClipPrediction> aux;
    for (int64_t i = 0; i < network_->layers.count(); ++i) {
      int64_t level = i % kLevels;
      Tensor embeddings = network_->heads.embeddings(queries);
      if (context.training) aux.push_back(predict(queries, embeddings, mask_features, window));
      tap_made([&] { return network_->heads.classes(embeddings); }, "decoder.aux.", i,
               ".pred_logits");
      tap_made([&] { return mask_logits(network_->heads.masks(embeddings), mask_features); },
               "decoder.aux.", i, ".pred_masks");
      Tensor closed =
          tap(attention_mask(embeddings, memo, level), "decoder.layer.", i, ".attn_mask");
      queries = network_->layers.forward(i, queries, positions,
                                         network_->layers.project_key(i, keys[level]),
                                         network_->layers.project_value(i, values[level]), closed);
      queries = tap(queries, "decoder.layer.", i, ".queries");
    }
    Tensor embeddings = network_->heads.embeddings(queries);
    embeddings = tap(embeddings, "decoder.pred_embeds");
    ClipPrediction prediction = predict(queries, embeddings, mask_features, window);
    prediction.aux = std::move(aux);
    prediction.class_scores = tap(prediction.class_scores, "decoder.pred_logits");
    Tensor replaced = tap_made(
        [&] { return prediction.masks->values(0, Pairs::all(queries.size(0), queries.size(1))); },
        "decoder.pred_masks");
    if (replaced.defined()) {
      Tensor dense = replaced.unflatten(0, {queries.size(0), queries.size(1)}).unsqueeze(2);
      prediction.masks = dense_masks(dense, {window.geometry[0]});
    }
    return prediction;
  }

 private:
  ClipPrediction predict(const Tensor& queries, const Tensor& embeddings,
                         const Tensor& mask_features, const Window& window) const {
    ClipPrediction prediction;
    prediction.class_scores = network_->heads.classes(embeddings);
    prediction.embeddings = embeddings;
    prediction.queries = queries;
    prediction.masks =
        product_masks(network_->heads.masks(embeddings), {mask_features}, {window.geometry[0]});
    return prediction;
  }

  /// [B, Q, h w] of the next level, true where a query must not attend; it carries no gradient.
  Tensor attention_mask(const Tensor& embeddings, const Tensors& memo, int64_t level) const {
    Tensor masks = network_->heads.masks(embeddings).detach();
    Tensor logits;
    if (reduced_) {
      logits = mask_logits(masks, memo.at(reduced_name(level)).detach());
    } else {
      const Tensor& map = memo.at(level_name(level));
      logits = at::upsample_bilinear2d(mask_logits(masks, memo.at("mask_features").detach()),
                                       {map.size(2), map.size(3)}, false);
    }
    return open_empty_rows(closed_by(logits.flatten(2)));
  }

  std::shared_ptr<Network> network_;
  bool reduced_;
  PositionCache positions_;
};

}  // namespace

CLIPWORK_PLUGIN(mask2former, "0.1.0") {
  registry.add<Mask2Former>("mask2former",
                            "masked-attention decoder for single frames (Mask2Former, MinVIS)");
}
