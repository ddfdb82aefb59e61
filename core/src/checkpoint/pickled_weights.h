#pragma once

#include <clipwork/host/checkpoint.h>

#include "checkpoint/mapped_file.h"

namespace clipwork {

/// PyTorch's archive: a pickle and one stored entry a storage.
Checkpoint read_torch_zip(std::shared_ptr<const MappedFile> file);

/// True if the file begins like PyTorch's older format.
bool is_torch_legacy(std::string_view bytes);
/// PyTorch's older format: pickles, then the storages one after the other.
Checkpoint read_torch_legacy(std::shared_ptr<const MappedFile> file);

bool is_pickle(std::string_view bytes);
/// One pickle with arrays of numpy, as detectron2 writes.
Checkpoint read_numpy_pickle(std::shared_ptr<const MappedFile> file);

}  // namespace clipwork
