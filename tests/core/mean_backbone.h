#pragma once
// The smallest backbone.

#include <ATen/TensorOperators.h>
#include <clipwork/backbone.h>

#include <vector>

#include "no_parameters.h"

namespace clipwork::test {

/// Gives the picture's mean as the map "value".
class Mean : public Backbone {
 public:
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.maps = {{"value", 1, 1}};
    return contract;
  }
  Mean(const Parameters&, const Given&) {}
  std::vector<FeatureMap> forward(const Tensor& pictures, Context&) override {
    const Tensor mean = pictures.mean({1, 2, 3}).view({-1, 1, 1, 1});
    return {{"value", 1, mean.expand({-1, 1, pictures.size(2), pictures.size(3)})}};
  }
};

}  // namespace clipwork::test
