#pragma once
// Checkpoints of others and our own, read as data: no code of a file is ever run.

#include <clipwork/component.h>
#include <clipwork/error.h>
#include <clipwork/tensors.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

class MappedFile;

/// A named tensor of a checkpoint, in file order. Its memory may be the file's own, mapped: writing
/// to it does not change the file.
struct CheckpointEntry {
  std::string name;
  Tensor value;
};

struct Checkpoint {
  std::filesystem::path file;
  std::string format;  ///< "pth (zip)", "pth (legacy)", "pkl", "safetensors"
  std::vector<CheckpointEntry> tensors;
  /// Safetensors' own, and plain numbers and texts found beside the weights.
  std::map<std::string, std::string> metadata;
  /// For people: which weights of the file these are, prefixes that were dropped from names, opaque
  /// values that were passed over, wrong checksums.
  std::vector<std::string> remarks;
  std::string choice;               ///< which of several weights of the file these are
  std::string key;                  ///< what the reader asked for behind "FILE#"
  std::vector<std::string> places;  ///< tables of the file that hold weights: "model", "ema"
  std::string dropped;              ///< a leading "module." or "model." that most names had
  std::shared_ptr<const MappedFile> mapping;  ///< what the tensors look into
  /// The tensor of this name, with or without `dropped` before it; null where there is none.
  const Tensor* find(std::string_view name) const;
  /// Throws InputError when the file has become shorter since it was read. To be called before the
  /// tensors' values are used: what has been cut off cannot be read any more.
  void check() const;
  /// SHA-256 of the file, as 64 hexadecimal digits. Reads all of it.
  std::string sha256() const;
};

/// The weights to run with in the folder of a checkpoint that training wrote.
inline constexpr const char* kModelFile = "model.safetensors";

/// Reads `.pth` (zip and legacy), `.pkl` of detectron2 and Caffe2 (protocols 2 to 5) and
/// `.safetensors` (memory-mapped), told apart by their content. Finds the weights under "model",
/// "state_dict" and the like, or at the top; "FILE#KEY" takes those in the table KEY ("ema"), or
/// those whose names begin with KEY ("teacher"). Drops from the names what wrappers of modules add
/// ("module.", "model.", "_orig_mod."). A folder stands for `kModelFile` in it (checkpoints of
/// training). Throws InputError naming file, entry or byte offset where the file is not one that
/// can be read safely.
Checkpoint read_checkpoint(const std::filesystem::path& file);

/// Writes `.safetensors`, whole or not at all. The data starts at a multiple of 64 bytes; tensors
/// of larger elements come first, so that each is aligned to its elements. Throws Error for a name
/// that comes twice, is empty or not printable, or a type that the format does not have.
void write_safetensors(const std::filesystem::path& file,
                       const std::vector<CheckpointEntry>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// Writes a `.pth` file, whole or not at all: a dict of names and tensors that PyTorch's
/// `torch.load` opens, also with `weights_only`. Throws Error for a name that comes twice, is empty
/// or not printable, a type that PyTorch has no storage for, or 4 GiB and more.
void write_torch(const std::filesystem::path& file, const std::vector<CheckpointEntry>& tensors);

/// The parameters and buffers of a component under their full public names.
struct NamedParameter {
  std::string name;
  Tensor value;  ///< shares the module's storage
  bool buffer = false;
};
std::vector<NamedParameter> named_parameters(Component& component);

/// A report of loading, by full public name.
struct LoadReport {
  std::vector<std::string> loaded, missing, unexpected;
  struct Shape {
    std::string name;
    std::vector<int64_t> model, file;
  };
  std::vector<Shape> wrong_shape;
  std::vector<std::pair<std::string, std::string>> renamed;  ///< name in the file, name here
  /// How the file's names became those of the model ("the prefix 'net.' was dropped from the
  /// names"); empty where they are the same, or only single ones are `renamed`.
  std::string names;
  /// The modules whose parameters are all missing ("sem_seg_head"), if the others are all there: of
  /// a file that has only a part of the model, such as its backbone. Else none.
  std::vector<std::string> absent_parts() const;
  /// A few lines for people: counts, and the first names of each list.
  std::string text() const;
};

/// The program and model whose names a file has, if they are not those here.
struct NameSource {
  std::string title;  ///< "torchvision ResNet-50"
  std::string note;   ///< what a config must say for such weights; empty: nothing
};
std::optional<NameSource> name_source(const Checkpoint& checkpoint);

/// The option that lets a training initialise parts of a model: "--set
/// 'weights.allow_missing=[...]'".
std::string allow_missing_option(const std::vector<std::string>& parts);

/// The report of loading, without loading. Of the ways to understand the file's names (without a
/// prefix such as "module." or "teacher.", or as names of torchvision or Hugging Face) it takes the
/// one that loads the most parameters. Throws InputError where two entries of the file claim
/// the same parameter, or a rename is not a regular expression.
LoadReport compare_checkpoint(const Checkpoint& checkpoint,
                              const std::vector<Component*>& components);

struct LoadOptions {
  /// Regular expressions searched in names of parameters that may stay as built.
  std::vector<std::string> allow_missing;
};

/// The differences that loading would refuse: missing parameters and wrong shapes that
/// `allow_missing` does not name. Throws InputError where that is not a regular expression.
LoadReport refused_part(const LoadReport& report, const LoadOptions& options);

/// Loads a checkpoint into components by name, after their renames. Fails closed (InputError with
/// the report; nothing is changed) when a parameter, or a statistic of a norm, is missing or has
/// another shape and `allow_missing` does not name it. Entries that no component wants are reported
/// only; buffers that a model computes itself are taken where they fit and may be missing.
LoadReport load_checkpoint(const Checkpoint& checkpoint, const std::vector<Component*>& components,
                           const LoadOptions& options);

/// Weights by rule: every parameter filled from its name, shape and a seed, in exactly
/// representable arithmetic.
struct WeightRule {
  uint64_t seed = 1;
  /// Regular expression searched in the name, gain; the first match counts.
  std::vector<std::pair<std::string, double>> gains;
};
/// The value by rule of a parameter of this name: float32 of this shape.
Tensor tensor_by_rule(const std::string& name, at::IntArrayRef shape, const WeightRule& rule);
/// Fills all floating-point parameters and the running statistics of norms; other buffers stay as
/// built.
void fill_by_rule(const std::vector<Component*>& components, const WeightRule& rule);
/// Frames of a picture by rule: uint8 [frames, 3, height, width], from frame `first`.
Tensor picture_by_rule(uint64_t seed, int64_t first, int64_t frames, int64_t height, int64_t width);
/// A stream of numbers by rule: float32(offset + scale * u_i).
Tensor stream_by_rule(const std::string& stream, uint64_t seed, at::IntArrayRef shape, double scale,
                      double offset);

}  // namespace clipwork
