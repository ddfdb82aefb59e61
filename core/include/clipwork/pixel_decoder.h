#pragma once
#include <clipwork/component.h>

namespace clipwork {

/// Feature maps to feature maps that share context: multi-scale maps for attention, and mask
/// features.
class __attribute__((visibility("default"))) PixelDecoder : public Component {
 public:
  static constexpr const char* kKind = "pixel_decoder";
  ~PixelDecoder() override;
  /// Gives the maps that the contract lists.
  virtual std::vector<FeatureMap> forward(const std::vector<FeatureMap>& maps) = 0;
};

}  // namespace clipwork
