#pragma once
// Checkpoints of every format, read and used.

#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>

#include <set>

#include "fuzzed_file.h"

namespace clipwork::fuzz {

/// A file is refused with an InputError, or read: names are unique, and every value of every tensor
/// can be read.
inline void read_weights(const uint8_t* bytes, size_t size) {
  const FuzzedFile file(bytes, size);
  try {
    const Checkpoint checkpoint = read_checkpoint(file.path());
    std::set<std::string> names;
    for (const CheckpointEntry& entry : checkpoint.tensors) {
      require(names.insert(entry.name).second);
      entry.value.clone();
    }
  } catch (const InputError&) {
  }
}

}  // namespace clipwork::fuzz
