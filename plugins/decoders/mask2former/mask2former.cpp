// Mask2Former's masked-attention decoder for one frame: the image model, and with the embedding
// tracker MinVIS.

#include <ATen/TensorOperators.h>
#include <clipwork/decoder.h>
#include <clipwork/models/mask2former_decoder.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>

namespace {

using namespace clipwork;

/// A level's size travels in its memo entry: maps are kept as [N, C, h, w].
std::string level_name(int64_t level) { return cat("level.", level); }

class Mask2Former : public Decoder {
 public:
  using Parameters = QueryDecoderParameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = QueryDecoder::needs(p);
    contract.gives = {"start.queries", "embeddings", "queries", "masks", "scores.softmax"};
    contract.maps = {{"queries", p.channels, 0}};
    contract.max_window = 1;
    contract.independent = true;
    return contract;
  }

  Mask2Former(const Parameters& p, const Given& given)
      : network_(std::make_shared<QueryDecoder>(p, given)) {}

  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return QueryDecoder::weight_names(); }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }

  FrameMemo encode(const FrameFeatures& features, Context&) override {
    FrameMemo memo;
    for (int64_t level = 0; level < QueryDecoder::kLevels; ++level) {
      memo.tensors.set(level_name(level), network_->values(features, level), Keep::bulk);
    }
    network_->keep_mask_features(memo, features);
    return memo;
  }

  Tensors start(int64_t batch) override { return network_->start(batch); }

  ClipPrediction decode(const Window& window, const Tensors& start, State&,
                        Context& context) override {
    const Tensors& memo = window.memos[0].tensors;
    Tensor queries = start.at("queries");
    Tensor positions = network_->query_positions.unsqueeze(0);
    std::vector<Tensor> keys, values;
    std::vector<Size> sizes;
    for (int64_t level = 0; level < QueryDecoder::kLevels; ++level) {
      Tensor map = memo.at(level_name(level));
      values.push_back(tokens_of(map));
      keys.push_back(tokens_of(map + network_->position(map)));
      sizes.push_back({map.size(2), map.size(3)});
    }
    std::vector<ClipPrediction> aux;
    for (int64_t i = 0; i < network_->layers.count(); ++i) {
      int64_t level = i % QueryDecoder::kLevels;
      Tensor embeddings = network_->heads.embeddings(queries);
      if (context.training) aux.push_back(network_->predict(queries, embeddings, window));
      tap_made([&] { return network_->heads.classes(embeddings); }, "decoder.aux.", i,
               ".pred_logits");
      tap_made([&] { return network_->dense_logits(embeddings, window).squeeze(2); },
               "decoder.aux.", i, ".pred_masks");
      Tensor logits = network_->level_logits(embeddings, window.memos, level, sizes[level]);
      Tensor closed = tap(open_empty_rows(closed_by(logits)), "decoder.layer.", i, ".attn_mask");
      queries = network_->layers.forward(i, queries, positions,
                                         network_->layers.project_key(i, keys[level]),
                                         network_->layers.project_value(i, values[level]), closed);
      queries = tap(queries, "decoder.layer.", i, ".queries");
    }
    Tensor embeddings = tap(network_->heads.embeddings(queries), "decoder.pred_embeds");
    ClipPrediction prediction = network_->predict(queries, embeddings, window);
    prediction.aux = std::move(aux);
    prediction.class_scores = tap(prediction.class_scores, "decoder.pred_logits");
    Tensor told = tap_made([&] { return network_->dense_logits(embeddings, window).squeeze(2); },
                           "decoder.pred_masks");
    if (told.defined()) {
      prediction.masks = dense_masks(told.unsqueeze(2), {window.geometry[0]});
    }
    return prediction;
  }

 private:
  std::shared_ptr<QueryDecoder> network_;
};

}  // namespace

CLIPWORK_PLUGIN(mask2former, "0.1.0") {
  registry.add<Mask2Former>("mask2former",
                            "masked-attention decoder for single frames (Mask2Former, MinVIS)");
}
