#include "checkpoint/wrapper_names.h"

#include <clipwork/text.h>

#include <algorithm>
#include <unordered_set>

namespace clipwork {
namespace {

/// Parts of names that only wrappers use: torch.compile, FSDP, activation checkpointing, Fabric.
constexpr std::string_view kWrappers[] = {"_orig_mod", "_fsdp_wrapped_module",
                                          "_checkpoint_wrapped_module", "_forward_module"};
/// Parts that a model of its own may also have, at its very beginning.
constexpr std::string_view kLeading[] = {"module.", "model."};

/// Renames tensors by `rename`, which returns the same name where nothing changes. Returns the
/// number of names that changed.
template <class Rename>
size_t rename_all(Checkpoint& checkpoint, Rename rename) {
  std::unordered_set<std::string> names;
  for (const CheckpointEntry& entry : checkpoint.tensors) names.insert(entry.name);
  size_t changed = 0;
  for (CheckpointEntry& entry : checkpoint.tensors) {
    std::string name = rename(entry.name);
    if (name == entry.name || !names.insert(name).second) continue;
    entry.name = std::move(name);
    ++changed;
  }
  return changed;
}

bool is_below(const std::string& name, std::string_view beginning) {
  return name.starts_with(beginning) && name.size() > beginning.size();
}

void remark(Checkpoint& checkpoint, std::string_view prefix, size_t changed) {
  checkpoint.remarks.push_back(cat("the prefix '", prefix, "' was dropped from ", changed, " of ",
                                   checkpoint.tensors.size(), " names"));
}

}  // namespace

std::string without_parts(std::string_view name, std::span<const std::string_view> parts) {
  std::string rest;
  while (true) {
    const size_t dot = name.find('.');
    if (dot == name.npos) return rest += name;
    const bool kept = std::find(parts.begin(), parts.end(), name.substr(0, dot)) == parts.end();
    if (kept) rest += name.substr(0, dot + 1);
    name.remove_prefix(dot + 1);
  }
}

void drop_wrappers(Checkpoint& checkpoint) {
  for (const std::string_view& wrapper : kWrappers) {
    const size_t changed = rename_all(checkpoint, [&](const std::string& name) {
      return without_parts(name, {&wrapper, 1});
    });
    if (changed > 0) remark(checkpoint, cat(wrapper, "."), changed);
  }
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view prefix : kLeading) {
      const auto count =
          std::count_if(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                        [&](const auto& entry) { return is_below(entry.name, prefix); });
      if (2 * static_cast<size_t>(count) <= checkpoint.tensors.size()) continue;
      const size_t changed = rename_all(checkpoint, [&](const std::string& name) {
        return is_below(name, prefix) ? name.substr(prefix.size()) : name;
      });
      if (changed == 0) continue;
      remark(checkpoint, prefix, changed);
      checkpoint.dropped += prefix;
      again = true;
    }
  }
}

bool has_below(const Checkpoint& checkpoint, const std::string& prefix) {
  return std::any_of(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                     [&](const auto& entry) { return is_below(entry.name, prefix + "."); });
}

void keep_below(Checkpoint& checkpoint, const std::string& prefix) {
  const std::string beginning = prefix + ".";
  if (!has_below(checkpoint, prefix)) {
    throw InputError(
        cat("has neither weights named '", prefix, "' nor names that begin with '", beginning, "'"),
        checkpoint.file.string(),
        checkpoint.places.empty()
            ? "`clipwork weights FILE` lists its names"
            : cat("choose one of ", join(checkpoint.places), ", or a prefix of its names"));
  }
  std::erase_if(checkpoint.tensors,
                [&](const CheckpointEntry& entry) { return !is_below(entry.name, beginning); });
  for (CheckpointEntry& entry : checkpoint.tensors) entry.name.erase(0, beginning.size());
}

}  // namespace clipwork
