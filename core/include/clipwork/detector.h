#pragma once
// Detectors: dense models of single frames.

#include <clipwork/api.h>
#include <clipwork/component.h>

#include <functional>
#include <vector>

namespace clipwork {

/// A request that the user of a detector makes at assembly.
struct DetectorRequest {
  /// A further classifying branch at every point, with an output a channel.
  struct Branch {
    std::string name;          ///< "id": dense outputs "id_logits", candidates' scores "id"
    int64_t channels = 0;      ///< outputs
    int64_t convolutions = 2;  ///< 3x3 convolutions, the predictor included
    /// The probability of every channel at the start of a training, as a sigmoid; 0.5: no bias.
    double prior = 0.5;
  };
  std::vector<MapInfo> maps;  ///< maps that come with other channels than the backbone gives
  std::vector<Branch> branches;
};

/// Candidates of one frame, before overlapping ones are suppressed.
struct Candidates {
  Tensor classes;    ///< float [M, K], probabilities
  Tensor quality;    ///< float [M], in [0, 1]: centre-ness; ones where a detector has none
  Tensors branches;  ///< the asked branches' logits by name, float [M, channels]
};

/// Scores [M] by which candidates suppress each other and are ranked; one of minus infinity is left
/// out.
using Rank = std::function<Tensor(const Candidates&)>;

/// A dense model of single frames: says something at every point of its maps, and chooses
/// detections from that. Contract: needs its maps ("map:res3"); gives "masks", "boxes",
/// "embeddings" where detections have them, with their width as the map "embeddings", and
/// "branches" where it takes requests for further ones.
class CLIPWORK_API Detector : public Component {
 public:
  static constexpr const char* kKind = "detector";
  ~Detector() override;
  /// Called at most once, before weights are loaded. By default nothing may be asked.
  virtual void request(const DetectorRequest& request);
  /// Its outputs for N frames at all points: named tensors [N, ...], with gradient where one is
  /// recorded. Losses read them by the names that the detector's documentation gives.
  virtual Tensors dense(const std::vector<FeatureMap>& maps) = 0;
  /// The detections of one frame (dense outputs of batch 1), the best by `rank` first. Rows of the
  /// prediction: class scores [1, R, K + 1] as probabilities, times the quality, the last column
  /// zero; masks; embeddings where it gives them; in `more` "boxes" [1, R, 4] (x0, y0, x1, y1 in
  /// output pixels) and the asked branches' logits as "NAME_logits" [1, R, channels].
  virtual ClipPrediction select(const Tensors& dense, const Geometry& geometry,
                                const Rank& rank) = 0;
};

/// The prediction of a decoder from dense outputs [B, ...] in training, where nothing is selected:
/// no rows, and the outputs in `more` as "dense.NAME".
ClipPrediction dense_prediction(const Tensors& dense, int64_t classes);

}  // namespace clipwork
