#pragma once
// Stages whose activations are not kept for the backward pass but computed again in it.

#include <clipwork/component.h>
#include <clipwork/features.h>

#include <vector>

#include "inference/stages.h"

namespace clipwork {

/// The generator that such calls draw from.
inline constexpr const char* kDrawn = "drop_path";

/// Returns what `maps_of`, a call into `component`, makes of `inputs` [N, ...]: picture by picture,
/// so that never more than the activations of one are there, or all at once where norms learn from
/// the batch. Maps and gradients are those of the plain call but for rounding, and at once also bit
/// for bit, with its draws and statistics. Between the passes only the inputs are kept; component
/// and communicator must outlive the backward pass. There is no gradient of gradients.
std::vector<FeatureMap> recomputed(Component& component, const MapsCall& maps_of,
                                   const std::vector<Tensor>& inputs, Context& context);

}  // namespace clipwork
