#pragma once

#include <clipwork/host/checkpoint.h>

#include "checkpoint/mapped_file.h"

namespace clipwork {

/// True if the file begins like a `.safetensors` file: a length and a JSON object.
bool is_safetensors(std::string_view bytes);
Checkpoint read_safetensors(std::shared_ptr<const MappedFile> file);

}  // namespace clipwork
