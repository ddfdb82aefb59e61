#pragma once

#include "checkpoint/pickle.h"

namespace clipwork::pickle {

/// Finds the weights among the values of a pickle: under "model", "state_dict" or at the top. Fills
/// tensors, metadata and remarks; strips a "module." or "model." that all names share. Throws
/// InputError where there are none, or one of them cannot be made.
void collect_weights(const Data& data, Ref root, const std::shared_ptr<const MappedFile>& file,
                     Checkpoint& checkpoint);

}  // namespace clipwork::pickle
