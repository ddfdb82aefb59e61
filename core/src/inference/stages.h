#pragma once
// The calls that the loop makes into components.

#include <clipwork/component.h>
#include <clipwork/features.h>

#include <functional>
#include <vector>

namespace clipwork {

struct PlannedComponent;

/// A call of a component that computes feature maps from tensors [N, ...].
using MapsCall =
    std::function<std::vector<FeatureMap>(const std::vector<Tensor>& inputs, Context& context)>;

/// Makes the calls of the loop, each of which belongs to a stage. By default it just makes them;
/// inference measures them, and training computes the activations of some a second time.
class Stages {
 public:
  virtual ~Stages() = default;
  /// Makes a call of stage `name` into `component`.
  virtual void run(const char* /*name*/, const PlannedComponent& /*component*/,
                   const std::function<void()>& call) {
    call();
  }
  /// Makes a call of stage `name` into `component` that computes feature maps, and returns them.
  virtual std::vector<FeatureMap> maps(const char* name, const PlannedComponent& component,
                                       const MapsCall& call, const std::vector<Tensor>& inputs,
                                       Context& context) {
    std::vector<FeatureMap> maps;
    run(name, component, [&] { maps = call(inputs, context); });
    return maps;
  }
};

}  // namespace clipwork
