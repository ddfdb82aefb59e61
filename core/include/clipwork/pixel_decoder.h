#pragma once
// Pixel decoders: feature maps to feature maps that share context.

#include <clipwork/api.h>
#include <clipwork/component.h>

namespace clipwork {

/// Feature maps to feature maps that share context: multi-scale maps for attention, and mask
/// features.
class CLIPWORK_API PixelDecoder : public Component {
 public:
  static constexpr const char* kKind = "pixel_decoder";
  ~PixelDecoder() override;
  /// Gives the maps that the contract lists.
  virtual std::vector<FeatureMap> forward(const std::vector<FeatureMap>& maps) = 0;
};

}  // namespace clipwork
