#include <clipwork/host/checkpoint.h>
#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/digest.h>

#include "checkpoint/mapped_file.h"
#include "checkpoint/pickled_weights.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/zip.h"

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

std::string Checkpoint::sha256() const {
  check();
  return mapping ? clipwork::sha256(mapping->bytes()) : std::string();
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  auto file = MappedFile::open(std::filesystem::is_directory(path) ? weights_in(path) : path);
  std::string_view bytes = file->bytes();
  Checkpoint checkpoint;
  if (is_safetensors(bytes)) {
    checkpoint = read_safetensors(std::move(file));
  } else if (is_zip(bytes)) {
    checkpoint = read_torch_zip(std::move(file));
  } else if (is_torch_legacy(bytes)) {
    checkpoint = read_torch_legacy(std::move(file));
  } else if (is_pickle(bytes)) {
    checkpoint = read_numpy_pickle(std::move(file));
  } else {
    throw InputError("is not a supported checkpoint", path.string(),
                     "supported formats are .pth (PyTorch), .pkl (detectron2) and .safetensors");
  }
  checkpoint.check();
  return checkpoint;
}

}  // namespace clipwork
