#pragma once
// Feature maps of frames, as backbones and pixel decoders make them.

#include <clipwork/frame.h>
#include <clipwork/tensors.h>

#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// One map of N frames: [N, C, h, w], channels_last in memory.
struct FeatureMap {
  std::string name;    ///< "res2".."res5", "multi_scale.0".., "mask_features", "finest"
  int64_t stride = 1;  ///< of the padded picture
  Tensor value;
};

/// All maps of N frames. In training N = B x T with a video's frames together (frames inner).
struct FrameFeatures {
  std::vector<FeatureMap> maps;
  std::vector<Geometry> geometry;  ///< one entry a frame

  const FeatureMap* find(std::string_view name) const;
  /// The map of this name. Throws Error naming it and the ones that are there.
  const FeatureMap& at(std::string_view name) const;
};

}  // namespace clipwork
