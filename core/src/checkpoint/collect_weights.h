#pragma once

#include "checkpoint/pickle.h"

namespace clipwork::pickle {

/// Finds the weights among the values of a pickle and fills tensors, metadata, places and remarks.
/// They are in the table that `key` names by the keys that lead to it ("ema", "checkpoint.model"),
/// which is then cut off from `key`; else in "model", "state_dict" or another usual table; else in
/// the table with the most tensors. Throws InputError where there are none, or one of them cannot
/// be made.
void collect_weights(const Data& data, Ref root, const std::shared_ptr<const MappedFile>& file,
                     Checkpoint& checkpoint, std::string& key);

}  // namespace clipwork::pickle
