#pragma once
// The network of Mask2Former's decoders, for frames and for clips: learned queries that attend to
// three maps under masks made of their own predictions (sem_seg_head.predictor.* of the published
// checkpoints). What differs between them is which keys they attend to.

#include <clipwork/api.h>
#include <clipwork/models/mask2former_layers.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/position.h>
#include <clipwork/parameters.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clipwork {

struct QueryDecoderParameters {
  int64_t queries = 100, channels = 256, heads = 8, layers = 9, feedforward = 2048;
  bool pre_norm = false;
  std::string attention_masks = "reduced";
  void describe(Describer& d);
};

class CLIPWORK_API QueryDecoder : public torch::nn::Module {
 public:
  /// Attended maps, coarse first; layer i attends to level i mod kLevels.
  static constexpr int64_t kLevels = 3;

  /// The maps that it needs: "map:multi_scale.0", ..., "map:mask_features". Throws InputError where
  /// the parameters contradict each other.
  static std::vector<std::string> needs(const QueryDecoderParameters& parameters);
  QueryDecoder(const QueryDecoderParameters& parameters, const Given& given);

  /// The published names: prefix, and names of older checkpoints.
  static WeightNames weight_names();
  /// {"queries": [B, Q, C]}: the learned queries.
  Tensors start(int64_t batch) const;

  /// Keeps the tensors that masks are made of: adds the mask features to the memo, and where
  /// attention masks are reduced also their smaller forms. Entries [N, D, h, w].
  void keep_mask_features(FrameMemo& memo, const FrameFeatures& features) const;
  /// The map that level `level` attends to, with its embedding: values [N, C, h, w]. Keys are the
  /// same with `position` [C, h, w] added.
  Tensor values(const FrameFeatures& features, int64_t level) const;
  Tensor position(const Tensor& values);

  /// Mask logits of embeddings [B, Q, C] at the size of a level's map, over the frames of `memos`,
  /// frame slowest: [B, Q, T h w], without gradient.
  Tensor level_logits(const Tensor& embeddings, std::span<const FrameMemo> memos, int64_t level,
                      Size size) const;
  /// The prediction of the heads for queries [B, Q, C] in a window.
  ClipPrediction predict(const Tensor& queries, const Tensor& embeddings,
                         const Window& window) const;
  /// predict(...).masks of all frames, dense: [B, Q, T, H, W].
  Tensor dense_logits(const Tensor& embeddings, const Window& window) const;

  QueryLayers layers;
  PredictionHeads heads;
  Tensor query_positions;  ///< [Q, C]

 private:
  bool reduced_;
  Tensor query_features_, level_embed_;
  std::vector<std::shared_ptr<Conv>> input_;  // empty where the maps have the queries' width
  PositionCache positions_;
};

/// A map [N, C, h, w] as tokens [N, h w, C], raster order.
Tensor tokens_of(const Tensor& map);

}  // namespace clipwork
