#pragma once
// Stages whose activations are not kept for the backward pass but computed again in it.

#include <clipwork/component.h>
#include <clipwork/features.h>

#include <functional>
#include <vector>

namespace clipwork {

/// The generator that such stages draw from.
inline constexpr const char* kDrawn = "drop_path";

/// A component's call. Its random numbers come from the context's generator `kDrawn`.
using Stage = std::function<std::vector<FeatureMap>(const std::vector<Tensor>&, Context&)>;

/// The output of `stage`, a call of `component`, for `inputs` [N, ...]: picture by picture, so that
/// only the activations of one are in memory, or all at once if norms learn from the batch. Maps
/// and gradients equal those of the plain call up to rounding; all at once they are bitwise equal,
/// including random numbers and statistics. Between the passes only the inputs are kept; component
/// and communicator must outlive the backward pass. There is no gradient of gradients.
std::vector<FeatureMap> recomputed(Component& component, const Stage& stage,
                                   const std::vector<Tensor>& inputs, Context& context);

}  // namespace clipwork
