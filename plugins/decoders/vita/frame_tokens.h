#pragma once
#include <clipwork/prediction.h>

namespace clipwork::vita {

/// Object tokens of frames, from one or several layers of the frame decoder.
struct FrameTokens {
  Tensor tokens;   ///< [N, L, F, C]
  Tensor indices;  ///< int64 [N, L, F]: which frame query each token was
};

/// The embeddings of the last `layers` layers of a prediction of N frames, first layer first. For
/// each frame and layer, the share `keep` with the lowest probability of "none" is kept, in the
/// order of the queries (VITA, Table 6). Throws Error where the prediction has fewer layers.
FrameTokens frame_tokens(const ClipPrediction& frames, int64_t layers, double keep);

}  // namespace clipwork::vita
