#include <clipwork/host/checkpoint.h>
#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/digest.h>

#include "base/foreign_file.h"
#include "checkpoint/mapped_file.h"
#include "checkpoint/pickled_weights.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/wrapper_names.h"
#include "checkpoint/zip.h"

namespace clipwork {
namespace {

/// "FILE#KEY" in its two parts, unless a file has this whole name.
std::pair<std::filesystem::path, std::string> split_key(const std::filesystem::path& path) {
  const std::string text = path.string();
  const size_t hash = text.rfind('#');
  std::error_code failed;
  const bool has_key = hash != text.npos && !std::filesystem::exists(path, failed) &&
                       std::filesystem::exists(text.substr(0, hash), failed);
  if (!has_key) return {path, ""};
  return {text.substr(0, hash), text.substr(hash + 1)};
}

[[noreturn]] void refuse_format(std::string_view bytes, const std::string& where) {
  if (where.ends_with(".index.json")) {
    throw InputError("is the index of a checkpoint in several files, which is not supported", where,
                     "save the weights as one file");
  }
  if (const std::optional<ForeignFile> found = recognise_foreign_file(bytes)) {
    throw InputError(cat("is not a checkpoint: the file is ", found->kind), where,
                     std::string(found->advice));
  }
  throw InputError("is not a supported checkpoint", where,
                   "supported formats are .pth (PyTorch), .pkl (detectron2) and .safetensors");
}

}  // namespace

const Tensor* Checkpoint::find(std::string_view name) const {
  for (const CheckpointEntry& entry : tensors) {
    const bool is_shortened = name.size() > dropped.size() && name.starts_with(dropped) &&
                              name.substr(dropped.size()) == entry.name;
    if (entry.name == name || is_shortened) return &entry.value;
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
  const auto [place, key] = split_key(path);
  auto file = MappedFile::open(std::filesystem::is_directory(place) ? weights_in(place) : place);
  std::string_view bytes = file->bytes();
  Checkpoint checkpoint;
  std::string part = key;
  if (is_safetensors(bytes)) {
    checkpoint = read_safetensors(std::move(file));
  } else if (is_zip(bytes)) {
    checkpoint = read_torch_zip(std::move(file), part);
  } else if (is_torch_legacy(bytes)) {
    checkpoint = read_torch_legacy(std::move(file), part);
  } else if (is_pickle(bytes)) {
    checkpoint = read_numpy_pickle(std::move(file), part);
  } else {
    refuse_format(bytes, place.string());
  }
  checkpoint.key = key;
  if (!part.empty()) {
    // A name is asked for as the file has it, or as it is listed.
    if (!has_below(checkpoint, part)) drop_wrappers(checkpoint);
    keep_below(checkpoint, part);
  }
  drop_wrappers(checkpoint);
  checkpoint.check();
  return checkpoint;
}

}  // namespace clipwork
