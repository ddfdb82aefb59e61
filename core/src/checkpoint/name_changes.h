#pragma once

#include <clipwork/host/checkpoint.h>

#include <string>
#include <vector>

#include "checkpoint/name_tables.h"

namespace clipwork {

/// A tensor of a file under a name that a model may have for it.
struct FileTensor {
  std::string name;
  /// Joined along dimension 0; none: all values are `fill`.
  std::vector<const CheckpointEntry*> parts;
  std::vector<int64_t> shape;
  double fill = 0;

  bool is_floating_point() const { return parts.empty() || parts[0]->value.is_floating_point(); }
  void copy_to(Tensor& target) const;
};

/// A change of a file's names by which they may become those of a model. At most one member is set,
/// or `table` with `drop`.
struct NameChange {
  std::string drop = {};             ///< a prefix, of the names that have it
  std::string put = {};              ///< a prefix for all names, which `Checkpoint::dropped` had
  bool inner = false;                ///< drop "module." and "model." anywhere
  const NameTable* table = nullptr;  ///< translate the names, after `drop`

  /// "the prefix 'net.' was dropped from the names".
  std::string text() const;
};

/// The changes that a file's names suggest, the likelier ones first; leaving them as they are is
/// not among them.
std::vector<NameChange> name_changes(const Checkpoint& checkpoint);

/// The tensors of a file under changed names, which look into `checkpoint`. With a table, only
/// those that it knows, and joined ones only where all their parts are there and fit.
std::vector<FileTensor> changed_names(const Checkpoint& checkpoint, const NameChange& change);

}  // namespace clipwork
