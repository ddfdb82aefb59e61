#pragma once

#include <clipwork/host/checkpoint.h>

#include "checkpoint/mapped_file.h"

namespace clipwork {

// All of them take the weights in the table that `key` names, and cut its path off from `key`; what
// is left names a part of that table (`collect_weights`).

/// PyTorch's archive: a pickle and one stored entry a storage.
Checkpoint read_torch_zip(std::shared_ptr<const MappedFile> file, std::string& key);

/// True if the file begins like PyTorch's older format.
bool is_torch_legacy(std::string_view bytes);
/// PyTorch's older format: pickles, then the storages one after the other.
Checkpoint read_torch_legacy(std::shared_ptr<const MappedFile> file, std::string& key);

bool is_pickle(std::string_view bytes);
/// One pickle with arrays of numpy, as detectron2 writes.
Checkpoint read_numpy_pickle(std::shared_ptr<const MappedFile> file, std::string& key);

}  // namespace clipwork
