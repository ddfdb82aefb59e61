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
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

struct QueryDecoderParameters {
  int64_t queries = 100, channels = 256, heads = 8, layers = 9, feedforward = 2048;
  bool pre_norm = false;
  /// Masks for attention come from mask features that were shrunk once a frame, or are made at
  /// stride 4 and shrunk.
  enum class AttentionMasks { reduced, published } attention_masks = AttentionMasks::reduced;
  void describe(Describer& d);
};

/// The maps that the layers of a decoder attend to in a window of T frames.
class CLIPWORK_API AttendedMaps {
 public:
  /// Keys and values as a layer projects them: [B, T h w, C], frame slowest.
  struct Projected {
    Tensor keys, values;
  };
  virtual ~AttendedMaps();
  /// The size h, w of the maps that a layer attends to.
  virtual Size size(int64_t layer) const = 0;
  virtual Projected projected(int64_t layer) const = 0;
};

/// The last layer of a decoder as a pass went through it: B windows, Q queries, T frames of h w
/// keys.
struct LastLayer {
  Tensor input;         ///< [B, Q, C]: its queries
  Tensor keys, values;  ///< [B, T h w, C], projected
  /// Bool [B, Q, T h w], before rows that are closed everywhere are opened.
  Tensor closed;
  Tensor crossed;      ///< [B, Q, C]: behind its cross-attention
  Tensor output;       ///< [B, Q, C]
  Tensor embeddings;   ///< decoder_norm(output)
  int64_t frames = 1;  ///< T
};

/// Takes part in every layer of a pass, between its cross-attention and its self-attention: for
/// decoders that change the queries there, or close some of them to others.
class CLIPWORK_API BetweenAttentions {
 public:
  struct Input {
    Tensor queries;  ///< [B, Q, C]
    Tensor mask;     ///< of the self-attention, [B, Q, Q] as `Attention::forward` takes it
  };
  virtual ~BetweenAttentions();
  /// The input of layer `layer`'s self-attention from the queries [B, Q, C] behind its
  /// cross-attention.
  virtual Input operator()(int64_t layer, const Tensor& crossed) = 0;
};

class CLIPWORK_API QueryDecoder : public torch::nn::Module {
 public:
  /// Attended maps, coarse first.
  static constexpr int64_t kLevels = 3;
  /// The map that a layer attends to.
  static int64_t level_of(int64_t layer) { return layer % kLevels; }
  /// Windows are single frames, and taps of their masks [B, Q, H, W]; or clips, with taps of masks
  /// [B, Q, T, H, W] and of the last layer ("decoder.layer_input", "decoder.allowed").
  enum class Windows { frames, clips };

  /// The maps that it needs: "map:multi_scale.0", ..., "map:mask_features". Throws InputError where
  /// the parameters contradict each other.
  static std::vector<std::string> needs(const QueryDecoderParameters& parameters);
  QueryDecoder(const QueryDecoderParameters& parameters, const Given& given, Windows windows);

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

  /// Bool [B, Q, T h w]: where a layer is closed for queries of embeddings [B, Q, C], before rows
  /// that are closed everywhere are opened. Without gradient.
  Tensor closed(int64_t layer, const Tensor& embeddings, const Window& window, Size size) const;

  struct Pass {
    ClipPrediction prediction;      ///< in training with one before each layer as `aux`
    std::optional<LastLayer> last;  ///< of clips
  };
  /// All layers on queries [B, Q, C], with taps "decoder.*" on the way. The memos of the window
  /// hold the mask features. `between`, where it is not null, takes part in every layer.
  Pass run(Tensor queries, const Window& window, const AttendedMaps& maps, const Context& context,
           BetweenAttentions* between = nullptr) const;

  QueryLayers layers;
  PredictionHeads heads;
  Tensor query_positions;  ///< [Q, C]

 private:
  /// The heads' predictions for queries [B, Q, C] in a window.
  ClipPrediction predict(const Tensor& queries, const Tensor& embeddings,
                         const Window& window) const;
  /// predict(...).masks of all frames as taps have them.
  Tensor tapped_masks(const Tensor& embeddings, const Window& window) const;
  /// Whether this is the last layer of clips, which has taps of its own.
  bool looks_into(int64_t layer) const;

  Windows windows_;
  bool reduced_;
  Tensor query_features_, level_embed_;
  std::vector<std::shared_ptr<Conv>> input_;  // empty where the maps have the queries' width
  PositionCache positions_;
};

/// A map [N, C, h, w] as tokens [N, h w, C], raster order.
Tensor tokens_of(const Tensor& map);

}  // namespace clipwork
