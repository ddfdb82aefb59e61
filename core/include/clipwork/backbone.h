#pragma once
// Backbones: pictures to feature maps.

#include <clipwork/api.h>
#include <clipwork/component.h>

namespace clipwork {

/// Pictures to feature maps.
class CLIPWORK_API Backbone : public Component {
 public:
  static constexpr const char* kKind = "backbone";
  ~Backbone() override;
  /// `pictures` float [N, 3, H, W], normalised and padded. Gives the maps that the contract lists,
  /// [N, C, H/stride, W/stride].
  virtual std::vector<FeatureMap> forward(const Tensor& pictures, Context& context) = 0;
};

}  // namespace clipwork
