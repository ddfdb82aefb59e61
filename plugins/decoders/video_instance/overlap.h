#pragma once
// Overlap embeddings (NOVIS 4.3): the last layer once more, attending only to the frames that the
// window shares with its neighbour.

#include <clipwork/models/mask2former_decoder.h>

namespace clipwork::video_instance {

struct OverlapParameters {
  bool made = false;
  enum class Input { layer, output } input = Input::layer;
  enum class Mask { layer, final_prediction } mask = Mask::layer;
  enum class Blocks { all, cross } blocks = Blocks::all;
  void describe(Describer& d);
};

/// The last layer again, for any range of frames.
class Overlap {
 public:
  /// `layer.closed` is what the layer used, or what the final prediction would give
  /// (`overlap_mask`).
  Overlap(const QueryDecoder& network, const OverlapParameters& parameters, LastLayer layer);

  struct Result {
    Tensor embeddings;  ///< [B, Q, C]; the ordinary ones of queries that are not seen
    Tensor seen;        ///< bool [B, Q]: the query's mask is not empty in these frames
  };
  /// Eq. (1) for frames [first, last) of the window.
  Result of(int64_t first, int64_t last) const;

 private:
  Tensor cross(const Tensor& keys, const Tensor& values, const Tensor& closed) const;

  const QueryDecoder& network_;
  const OverlapParameters& parameters_;
  LastLayer layer_;
};

}  // namespace clipwork::video_instance
