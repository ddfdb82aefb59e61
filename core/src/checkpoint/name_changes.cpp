#include "checkpoint/name_changes.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "checkpoint/wrapper_names.h"

namespace clipwork {
namespace {

/// A prefix of at most this many parts is considered if a quarter of the names have it.
constexpr size_t kMaxPrefixParts = 3, kMinShare = 4;
/// Copies of a model in one file, such as a student and a teacher, under the names of one program.
constexpr size_t kMaxCopies = 4;
constexpr std::string_view kInner[] = {"module", "model"};

std::vector<std::string> frequent_prefixes(const Checkpoint& checkpoint) {
  std::unordered_map<std::string_view, size_t> counts;
  std::vector<std::string> prefixes;
  const size_t enough = std::max<size_t>(1, checkpoint.tensors.size() / kMinShare);
  for (const CheckpointEntry& entry : checkpoint.tensors) {
    const std::string_view name = entry.name;
    size_t dot = name.find('.');
    for (size_t parts = 0; parts < kMaxPrefixParts && dot != name.npos; ++parts) {
      const std::string_view prefix = name.substr(0, dot + 1);
      if (++counts[prefix] == enough) prefixes.emplace_back(prefix);
      dot = name.find('.', dot + 1);
    }
  }
  return prefixes;
}

/// What is before a table's anchor where names end with it.
std::vector<std::string> prefixes_of_anchor(const Checkpoint& checkpoint, const NameTable& table) {
  std::vector<std::string> prefixes;
  for (const CheckpointEntry& entry : checkpoint.tensors) {
    if (!entry.name.ends_with(table.anchor)) continue;
    const std::string prefix = entry.name.substr(0, entry.name.size() - table.anchor.size());
    // Below "backbone." they are our own names.
    if (prefix == "backbone." || (!prefix.empty() && !prefix.ends_with('.'))) continue;
    prefixes.push_back(prefix);
    if (prefixes.size() == kMaxCopies) break;
  }
  return prefixes;
}

bool has_inner(const std::string& name) {
  return std::any_of(std::begin(kInner), std::end(kInner), [&](std::string_view part) {
    return name.find(cat(".", part, ".")) != name.npos;
  });
}

std::string_view after(std::string_view name, std::string_view prefix) {
  return name.substr(name.starts_with(prefix) ? prefix.size() : 0);
}

FileTensor whole(std::string name, const CheckpointEntry& entry) {
  return {std::move(name), {&entry}, entry.value.sizes().vec()};
}

/// Whether all parts are there and can be joined; their shape together.
bool join_parts(FileTensor& tensor) {
  if (tensor.parts.size() == 1) return true;
  const CheckpointEntry* first = tensor.parts[0];
  if (!first || first->value.dim() == 0) return false;
  tensor.shape = first->value.sizes().vec();
  tensor.shape[0] = 0;
  for (const CheckpointEntry* part : tensor.parts) {
    if (!part || part->value.dim() != first->value.dim()) return false;
    if (part->value.sizes().slice(1) != first->value.sizes().slice(1)) return false;
    tensor.shape[0] += part->value.size(0);
  }
  return true;
}

/// Mean 0 and variance 1 for all norms of a file that has folded them into weight and bias.
void add_folded_statistics(std::vector<FileTensor>& tensors) {
  const bool has_statistics =
      std::any_of(tensors.begin(), tensors.end(), [](const FileTensor& tensor) {
        return tensor.name.ends_with("running_mean") || tensor.name.ends_with("running_var");
      });
  if (has_statistics) return;
  for (size_t i = 0, count = tensors.size(); i < count; ++i) {
    if (!tensors[i].name.ends_with("norm.weight")) continue;
    const std::vector<int64_t> shape = tensors[i].shape;
    const std::string norm = tensors[i].name.substr(0, tensors[i].name.rfind('.') + 1);
    tensors.push_back({norm + "running_mean", {}, shape, 0});
    tensors.push_back({norm + "running_var", {}, shape, 1});
  }
}

/// "ResNet-50" or "Swin-T", by the stages of a backbone; empty where they are of no usual size.
std::string size_of_backbone(const std::vector<FileTensor>& tensors) {
  std::unordered_map<std::string_view, const FileTensor*> by_name;
  for (const FileTensor& tensor : tensors) by_name.emplace(tensor.name, &tensor);
  auto blocks = [&](const char* before, const char* behind) {
    int count = 0;
    while (by_name.contains(cat(before, count, behind))) ++count;
    return count;
  };
  const int resnet_blocks = blocks("backbone.res4.", ".conv1.weight");
  const bool bottlenecks = by_name.contains("backbone.res4.0.conv3.weight");
  struct ResNet {
    int blocks;
    bool bottlenecks;
    const char* name;
  };
  for (const ResNet& one :
       {ResNet{2, false, "ResNet-18"}, ResNet{6, false, "ResNet-34"}, ResNet{6, true, "ResNet-50"},
        ResNet{23, true, "ResNet-101"}, ResNet{36, true, "ResNet-152"}}) {
    if (one.blocks == resnet_blocks && one.bottlenecks == bottlenecks) return one.name;
  }
  const int swin_blocks = blocks("backbone.layers.2.blocks.", ".norm1.weight");
  const auto patches = by_name.find("backbone.patch_embed.proj.weight");
  if (patches == by_name.end() || patches->second->shape.empty()) return "";
  struct Swin {
    int blocks;
    int64_t channels;
    const char* name;
  };
  for (const Swin& one : {Swin{6, 96, "Swin-T"}, Swin{18, 96, "Swin-S"}, Swin{18, 128, "Swin-B"},
                          Swin{18, 192, "Swin-L"}}) {
    if (one.blocks == swin_blocks && one.channels == patches->second->shape[0]) return one.name;
  }
  return "";
}

std::vector<FileTensor> translated(const Checkpoint& checkpoint, const NameChange& change) {
  std::vector<FileTensor> tensors;
  std::map<std::string, FileTensor> joined;
  for (const CheckpointEntry& entry : checkpoint.tensors) {
    std::optional<TranslatedName> there = change.table->translate(after(entry.name, change.drop));
    if (!there) continue;
    if (there->parts == 1) {
      tensors.push_back(whole(there->name, entry));
      continue;
    }
    FileTensor& tensor = joined[there->name];
    tensor.name = there->name;
    tensor.parts.resize(static_cast<size_t>(there->parts));
    tensor.parts[static_cast<size_t>(there->part)] = &entry;
  }
  for (auto& [name, tensor] : joined) {
    if (join_parts(tensor)) tensors.push_back(std::move(tensor));
  }
  if (change.table->folded_norms) add_folded_statistics(tensors);
  return tensors;
}

}  // namespace

void FileTensor::copy_to(Tensor& target) const {
  if (parts.empty()) {
    target.fill_(fill);
  } else if (parts.size() == 1) {
    target.copy_(parts[0]->value);
  } else {
    int64_t row = 0;
    for (const CheckpointEntry* part : parts) {
      const int64_t rows = part->value.size(0);
      target.narrow(0, row, rows).copy_(part->value);
      row += rows;
    }
  }
}

std::string NameChange::text() const {
  std::string text;
  if (!drop.empty()) text = cat("the prefix '", drop, "' was dropped from the names");
  if (!put.empty()) text = cat("the prefix '", put, "' belongs to the names and was kept");
  if (inner) text = "'module.' and 'model.' were dropped from within the names";
  if (table) {
    text += cat(text.empty() ? "" : ", ", "the names of ", table->source, " were translated");
  }
  return text;
}

std::vector<NameChange> name_changes(const Checkpoint& checkpoint) {
  std::vector<NameChange> changes;
  const std::string& dropped = checkpoint.dropped;
  for (size_t at = 0; at < dropped.size(); at = dropped.find('.', at) + 1) {
    changes.push_back({.put = dropped.substr(at)});
  }
  for (std::string& prefix : frequent_prefixes(checkpoint)) {
    changes.push_back({.drop = std::move(prefix)});
  }
  if (std::any_of(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                  [](const auto& entry) { return has_inner(entry.name); })) {
    changes.push_back({.inner = true});
  }
  for (const NameTable& table : name_tables()) {
    for (std::string& prefix : prefixes_of_anchor(checkpoint, table)) {
      changes.push_back({.drop = std::move(prefix), .table = &table});
    }
  }
  return changes;
}

std::optional<NameSource> name_source(const Checkpoint& checkpoint) {
  for (const NameTable& table : name_tables()) {
    for (const std::string& prefix : prefixes_of_anchor(checkpoint, table)) {
      const std::vector<FileTensor> tensors =
          changed_names(checkpoint, {.drop = prefix, .table = &table});
      // A part of a larger model is not what the file is.
      if (2 * tensors.size() < checkpoint.tensors.size()) continue;
      const std::string size = size_of_backbone(tensors);
      const size_t dash = std::min(size.find('-'), size.size());
      const bool is_backbone = !size.empty() && table.source.ends_with(size.substr(0, dash));
      std::string title = table.source;
      if (is_backbone) title += size.substr(dash);
      if (!size.empty() && !is_backbone) title += cat(" with ", size);
      return NameSource{title, table.note};
    }
  }
  return {};
}

std::vector<FileTensor> changed_names(const Checkpoint& checkpoint, const NameChange& change) {
  if (change.table) return translated(checkpoint, change);
  std::unordered_set<std::string_view> present;
  for (const CheckpointEntry& entry : checkpoint.tensors) present.insert(entry.name);
  std::vector<FileTensor> tensors;
  std::unordered_set<std::string> made;
  for (const CheckpointEntry& entry : checkpoint.tensors) {
    std::string name = change.put + std::string(after(entry.name, change.drop));
    if (change.inner) name = without_parts(name, kInner);
    // A name that the file has as it is comes before one that only becomes it.
    const bool taken =
        name.empty() || (name != entry.name && present.contains(name)) || !made.insert(name).second;
    tensors.push_back(whole(taken ? entry.name : std::move(name), entry));
  }
  return tensors;
}

}  // namespace clipwork
