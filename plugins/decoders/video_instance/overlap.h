#pragma once
// Overlap embeddings (NOVIS 4.3): the last layer once more, attending only to the frames that the
// window shares with its neighbour.

#include <clipwork/models/mask2former_decoder.h>

#include <string>

namespace clipwork::video_instance {

struct OverlapParameters {
  bool made = false;
  std::string input = "layer", mask = "layer", blocks = "all";
  void describe(Describer& d);
};

/// The last layer as the ordinary pass went through it. B windows, Q queries, T frames of h w keys.
struct LastLayer {
  Tensor input;         ///< [B, Q, C]: its queries
  Tensor keys, values;  ///< [B, T h w, C], projected
  Tensor closed;   ///< bool [B, Q, T h w], before rows that are closed everywhere are opened: what
                   ///< the layer used, or what the final prediction would give (`overlap_mask`)
  Tensor crossed;  ///< [B, Q, C]: behind its cross-attention
  Tensor output;   ///< [B, Q, C]
  Tensor embeddings;   ///< decoder_norm(output)
  int64_t frames = 1;  ///< T
};

/// The last layer again, for any range of frames.
class Overlap {
 public:
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
