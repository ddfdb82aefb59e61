#pragma once
// The weights that a training from nothing begins with.

#include <clipwork/component.h>

#include <cstdint>
#include <vector>

namespace clipwork {

/// The weights that a training from nothing begins with, a function of names and seed: norms are
/// the identity; convolutions have variance 2 / inputs (He et al.), matrices 2 / (inputs + outputs)
/// (Glorot and Bengio), learned tables 1; vectors, and what a component says of itself
/// (`WeightNames::as_built`), stay as built.
void fill_initial(const std::vector<Component*>& components, uint64_t seed);

}  // namespace clipwork
