#pragma once
#include <clipwork/models/mask2former_layers.h>
#include <clipwork/ops/conv.h>

#include "object_encoder.h"
#include "parameters.h"

namespace clipwork::vita {

/// The modules of VITA (vita_module.* of the published checkpoints).
class Network : public torch::nn::Module {
 public:
  /// `frame_queries` and `frame_channels`: number and width of the frame decoder's queries.
  Network(const Parameters& parameters, const Given& given, int64_t frame_queries,
          int64_t frame_channels);

  ObjectEncoder encoder;
  QueryLayers decoder;
  PredictionHeads heads;
  Tensor token_positions;  ///< [fQ, C]
  Tensor query_features, query_positions;
  std::shared_ptr<Conv> mask_features;  ///< null where the pixel decoder's are used
  std::shared_ptr<Linear> input;        ///< null where tokens are taken as they come
  /// For the similarity loss; null where embeddings are compared as they are.
  std::shared_ptr<Linear> frame_similarity, clip_similarity;
};

}  // namespace clipwork::vita
