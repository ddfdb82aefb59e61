#include <clipwork/checkpoint.h>

#include "checkpoint/mapped_file.h"
#include "checkpoint/safetensors.h"

namespace clipwork {

const Tensor* Checkpoint::find(std::string_view name) const {
  for (const CheckpointEntry& entry : tensors) {
    if (entry.name == name) return &entry.value;
  }
  return nullptr;
}

void Checkpoint::check() const {
  if (mapping) mapping->check();
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  std::string_view bytes = file->bytes();
  if (is_safetensors(bytes)) return read_safetensors(std::move(file));
  throw InputError("is not a checkpoint that can be read", path.string(),
                   "known are .pth (PyTorch), .pkl (detectron2) and .safetensors");
}

}  // namespace clipwork
