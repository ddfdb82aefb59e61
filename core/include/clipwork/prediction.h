#pragma once
// Predictions of windows, and their links to tracks.

#include <clipwork/masks.h>
#include <clipwork/tensors.h>

#include <memory>
#include <vector>

namespace clipwork {

/// softmax: K + 1 logits, "none" last. sigmoid: K logits. probability: K values in [0, 1].
enum class ScoreForm { softmax, sigmoid, probability };

/// Class probabilities [..., K] of scores in this form.
Tensor class_probabilities(const Tensor& scores, ScoreForm form);

/// One row a query or detection of a window. Cheap to copy.
struct ClipPrediction {
  Tensor class_scores;  ///< [B, R, K or K + 1]
  ScoreForm form = ScoreForm::softmax;
  Tensor embeddings;  ///< [B, R, C]: what trackers compare; undefined where a method has none
  /// [B, R, C]: before the final norm, to be carried on; undefined where a method has none.
  Tensor queries;
  std::shared_ptr<const Masks> masks;
  /// The same of every supervised layer, first to last; training only.
  std::vector<ClipPrediction> aux;
  int copies = 1;  ///< how often the batch holds each sample, copy-major
  Tensors more;    ///< "embeddings.head", "embeddings.tail", "id_scores", "dense.*"

  int64_t rows() const;
};

/// Row -> track. Every row of a window has one, in row order; a track is drawn in one row at most.
struct Link {
  int row = 0;
  int64_t track = -1;  ///< -1: none
  bool fresh = false;  ///< the row was taken for a new object: its track is born here
  bool drawn = true;   ///< false: counts without being drawn (IAI's overflow slot)
};

/// A window after tracking.
struct Tracked {
  int64_t first = 0;          ///< index of the window's first frame
  ClipPrediction prediction;  ///< as it came, or rewritten by a learnt tracker
  std::vector<Link> links;
  std::vector<int64_t> ended;  ///< tracks that will not be seen again
  /// Tracks of earlier windows that turned out to be noise: no result has them. They will not be
  /// seen again either; frames that settled before keep them.
  std::vector<int64_t> dropped = {};
};

/// The tracker's decision (or, in training, the truth), for decoders that learn from it.
struct Observation {
  Tensor ids;    ///< int64 [B, R], -1: none
  Tensor masks;  ///< bool [B, R, T, H, W] at padded size
  Tensor fresh;  ///< bool [B, R]: rows that were taken for new objects
};

}  // namespace clipwork
