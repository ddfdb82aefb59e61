// VITA: a video is understood from the queries of its frames. A frame decoder's queries become
// object tokens, an object encoder lets them attend along time, and video queries read them
// (vita_module.* of the published checkpoints). With a tracker that carries queries from clip to
// clip it is GenVIS.

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <clipwork/decoder.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>

#include "frame_tokens.h"
#include "network.h"
#include "parameters.h"

namespace clipwork::vita {

namespace {

/// Tokens of a window, one batch entry a copy of a sample, copy-major.
struct WindowTokens {
  Tensor tokens;   ///< [L B, T, F, C]
  Tensor indices;  ///< int64 [L B, T F]
  int64_t copies = 1;
};

/// A frame's entry [B, L, ...] of every memo to [L B, T, ...].
Tensor join(std::span<const FrameMemo> memos, const char* name) {
  std::vector<Tensor> frames;
  for (const FrameMemo& memo : memos) frames.push_back(memo.tensors.at(name));
  return at::stack(frames, 2).transpose(0, 1).flatten(0, 1);
}

class Vita : public Decoder {
 public:
  using Parameters = vita::Parameters;

  static Contract contract(const Parameters& p, const Given& given) {
    if (p.channels % p.heads != 0) {
      throw InputError(
          cat("channels ", p.channels, " must be a multiple of heads (", p.heads, ")"));
    }
    if (p.frame.contract().min_window > 1) {
      throw InputError("its frame decoder must accept windows of one frame");
    }
    // What nothing provides is a need that is reported by itself.
    for (const MapInfo& map : p.frame.contract().maps) {
      if (map.name != "queries" || p.input_projection || map.channels == p.channels) continue;
      throw InputError(cat("frame queries have ", map.channels, " channels and tokens ", p.channels,
                           ", so input_projection is required"));
    }
    const MapInfo* features = given.find("mask_features");
    if (p.mask_features == Parameters::MaskFeatures::pixel_decoder && features &&
        features->channels != p.mask_channels) {
      throw InputError(cat("mask_channels is ", p.mask_channels, ", but the mask features have ",
                           features->channels));
    }
    Contract contract;
    contract.needs = {
        "embeddings", "start.queries", "rows.fixed", "stateless",
        p.mask_features == Parameters::MaskFeatures::own ? "map:finest" : "map:mask_features"};
    contract.gives = {"start.queries",  "embeddings", "queries",        "masks",
                      "scores.softmax", "frames",     "similarity.clip"};
    contract.maps = {{"queries", p.channels, 0}};
    return contract;
  }

  Vita(const Parameters& p, const Given& given) : parameters_(p) {
    Tensor frame_queries = p.frame->start(1).at("queries");
    int64_t frame_channels = frame_queries.size(2);
    network_ = std::make_shared<Network>(p, given, frame_queries.size(1), frame_channels);
  }

  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return {"vita_module.", {}, {}}; }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }

  FrameMemo encode(const FrameFeatures& features, Context& context) override {
    Decoder& frame = *parameters_.frame;
    // All frames are one batch of windows of one frame.
    auto count = static_cast<int64_t>(features.geometry.size());
    FrameMemo memo = frame.encode(features, context);
    Window window{0, {&memo, 1}, {features.geometry.data(), 1}, 0, 0};
    std::unique_ptr<State> state = frame.make_state(count);
    ClipPrediction frames = frame.decode(window, frame.start(count), *state, context);
    frames.embeddings = tap(frames.embeddings, "decoder.frame_queries");

    FrameMemo kept;
    int64_t layers = context.training ? parameters_.frame_layers : 1;
    FrameTokens tokens = frame_tokens(frames, layers, parameters_.keep_tokens);
    kept.tensors.set("tokens", tokens.tokens);
    kept.tensors.set("indices", tokens.indices);
    Tensor map = network_->mask_features
                     ? network_->mask_features->forward(features.at("finest").value)
                     : features.at("mask_features").value;
    kept.tensors.set("mask_features", tap(map, "vita.mask_features"), Keep::bulk);
    if (context.training) kept.frames = std::make_shared<ClipPrediction>(std::move(frames));
    return kept;
  }

  Tensors start(int64_t batch) override {
    Tensors start;
    start.set("queries", network_->query_features.unsqueeze(0).expand({batch, -1, -1}));
    return start;
  }

  ClipPrediction decode(const Window& window, const Tensors& start, State&,
                        Context& context) override {
    WindowTokens input = tokens_of(window);
    Tensor encoded = tap(network_->encoder.forward(input.tokens, context.training), "vita.encoded");
    Tensor values = encoded.flatten(1, 2);
    Tensor keys =
        values +
        network_->token_positions.index_select(0, input.indices.flatten()).view(values.sizes());
    // Every copy starts from the same learned queries; carried ones are there for each already.
    Tensor queries = start.at("queries");
    queries = queries.repeat({values.size(0) / queries.size(0), 1, 1});
    Tensor positions = network_->query_positions.unsqueeze(0);
    std::vector<ClipPrediction> aux;
    const int64_t layers = network_->decoder.count();
    for (int64_t i = 0; i < layers; ++i) {
      queries =
          network_->decoder.forward(i, queries, positions, network_->decoder.project_key(i, keys),
                                    network_->decoder.project_value(i, values), {});
      queries = tap(queries, "vita.decoder.", i, ".queries");
      if (!context.training || i + 1 == layers) continue;
      Tensor embeddings = network_->heads.embeddings(queries);
      aux.push_back(predict(queries, embeddings, network_->heads.masks(embeddings), window));
    }
    ClipPrediction prediction = finish(queries, window);
    compare(prediction, encoded, input, context);
    prediction.aux = std::move(aux);
    for (ClipPrediction& one : prediction.aux) one.copies = static_cast<int>(input.copies);
    prediction.copies = static_cast<int>(input.copies);
    return prediction;
  }

 private:
  WindowTokens tokens_of(const Window& window) const {
    WindowTokens window_tokens;
    Tensor tokens = join(window.memos, "tokens");
    window_tokens.tokens = network_->input ? network_->input->forward(tokens) : tokens;
    window_tokens.indices = join(window.memos, "indices").flatten(1);
    window_tokens.copies = window.memos[0].tensors.at("tokens").size(1);
    return window_tokens;
  }

  ClipPrediction predict(const Tensor& queries, const Tensor& embeddings,
                         const Tensor& mask_embeddings, const Window& window) const {
    ClipPrediction prediction;
    prediction.class_scores = network_->heads.classes(embeddings);
    prediction.embeddings = embeddings;
    prediction.queries = queries;
    std::vector<TensorHandle> features;
    for (const FrameMemo& memo : window.memos) {
      features.push_back(memo.tensors.handle("mask_features"));
    }
    prediction.masks = product_masks(mask_embeddings, std::move(features),
                                     {window.geometry.begin(), window.geometry.end()});
    return prediction;
  }

  /// The prediction after the last layer, which listeners hear.
  ClipPrediction finish(const Tensor& queries, const Window& window) const {
    Tensor embeddings = network_->heads.embeddings(queries);
    Tensor mask_embeddings = tap(network_->heads.masks(embeddings), "vita.pred_mask_embed");
    ClipPrediction prediction = predict(queries, embeddings, mask_embeddings, window);
    prediction.class_scores = tap(prediction.class_scores, "vita.pred_logits");
    Tensor replaced = tap_made(
        [&] {
          std::vector<Tensor> frames;
          for (int t = 0; t < window.length(); ++t) {
            Pairs all = Pairs::all(queries.size(0), queries.size(1));
            frames.push_back(prediction.masks->values(t, all));
          }
          return at::stack(frames, 1);
        },
        "vita.pred_masks");
    if (replaced.defined()) {
      prediction.masks = dense_masks(replaced.unflatten(0, {queries.size(0), queries.size(1)}),
                                     {window.geometry.begin(), window.geometry.end()});
    }
    return prediction;
  }

  /// Adds the inputs of the similarity loss: "similarity.clip" [L B, R, C], and for the frames'
  /// tokens "similarity.frame" [L B, T, F, C] and the indices of their frame queries,
  /// "similarity.indices" [L B, T, F].
  void compare(ClipPrediction& prediction, const Tensor& encoded, const WindowTokens& input,
               const Context& context) const {
    auto clip = [&] {
      return network_->clip_similarity ? network_->clip_similarity->forward(prediction.embeddings)
                                       : prediction.embeddings;
    };
    auto frame = [&] {
      return network_->frame_similarity ? network_->frame_similarity->forward(encoded) : encoded;
    };
    tap_made(clip, "vita.pred_cq_embed");
    tap_made(frame, "vita.pred_fq_embed");
    if (!context.training) return;
    prediction.more.set("similarity.clip", clip());
    prediction.more.set("similarity.frame", frame());
    prediction.more.set("similarity.indices",
                        input.indices.view({encoded.size(0), encoded.size(1), encoded.size(2)}));
  }

  Parameters parameters_;
  std::shared_ptr<Network> network_;
};

}  // namespace

}  // namespace clipwork::vita

CLIPWORK_PLUGIN(vita, "0.1.0") {
  registry.add<clipwork::vita::Vita>("vita",
                                     "video queries over the queries of all frames (VITA; GenVIS "
                                     "with the tracker query_propagation)");
}
