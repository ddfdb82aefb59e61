#include "checkpoint/collect_weights.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace clipwork::pickle {
namespace {

using Kind = Value::Kind;

constexpr size_t kMaxRemarks = 20, kMaxMetadataText = 4096;
/// Tied weights have several names; more names than this for the same bytes are an attack.
constexpr uint64_t kMaxSharing = 16;

class Collector {
 public:
  Collector(const Data& data, const std::shared_ptr<const MappedFile>& file, Checkpoint& checkpoint)
      : data_(data), file_(file), checkpoint_(checkpoint) {}

  void collect(Ref root) {
    if (data_[root].kind == Kind::opaque) {
      throw InputError(cat("contains an object of type ", describe_global(data_, data_[root]),
                           ", not a table of weights"),
                       where(), "save the model's state_dict() instead of the model");
    }
    const Value* table = find_table(root, 0);
    if (!table) {
      throw InputError(cat("contains no table of weights", keys_of(data_[root])), where(),
                       "weights are expected under 'model', 'state_dict' or at the top level");
    }
    if (table != &data_[root]) take_beside(data_[root]);
    take_table(*table);
    strip_prefixes();
  }

 private:
  const Data& data_;
  const std::shared_ptr<const MappedFile>& file_;
  Checkpoint& checkpoint_;
  std::map<std::pair<size_t, const ElementType*>, Tensor> elements_;  ///< of a storage
  std::set<Ref> without_tensor_, searched_;
  uint64_t bytes_ = 0;
  size_t passed_over_ = 0;

  std::string where() const { return checkpoint_.file.string(); }

  std::string_view text_of(Ref ref) const {
    const Value& value = data_[ref];
    return value.kind == Kind::text || value.kind == Kind::bytes ? value.text()
                                                                 : std::string_view();
  }

  std::string keys_of(const Value& value) const {
    if (value.kind != Kind::dict) return "";
    std::string keys;
    const auto& items = value.items();
    for (size_t i = 0; i < items.size() && i < 16; i += 2) {
      if (std::string_view key = text_of(items[i]); is_printable(key)) {
        keys += cat(keys.empty() ? "; its keys are '" : ", '", key.substr(0, 60), "'");
      }
    }
    return keys;
  }

  /// Without recursion: lists that were filled later may be nested as deeply as the file is long.
  bool holds_tensor(Ref start) {
    std::vector<Ref> open = {start};
    std::set<Ref> seen;
    while (!open.empty()) {
      Ref ref = open.back();
      open.pop_back();
      const Value& value = data_[ref];
      if (value.kind == Kind::tensor || value.kind == Kind::storage || value.lost_data) return true;
      bool holder = std::holds_alternative<std::vector<Ref>>(value.content);
      if (!holder || without_tensor_.contains(ref) || !seen.insert(ref).second) continue;
      open.insert(open.end(), value.items().begin(), value.items().end());
    }
    without_tensor_.merge(seen);
    return false;
  }

  const Value* find_table(Ref ref, size_t depth) {
    const Value& value = data_[ref];
    if (value.kind != Kind::dict || depth > Data::kMaxDepth) return nullptr;
    if (!searched_.insert(ref).second) return nullptr;
    const auto& items = value.items();
    for (std::string_view wanted : {"model", "state_dict"}) {
      for (size_t i = 0; i < items.size(); i += 2) {
        if (text_of(items[i]) != wanted) continue;
        if (const Value* inner = find_table(items[i + 1], depth + 1)) return inner;
      }
    }
    for (size_t i = 1; i < items.size(); i += 2) {
      Kind kind = data_[items[i]].kind;
      if (kind == Kind::tensor || (kind == Kind::opaque && holds_tensor(items[i]))) return &value;
    }
    return nullptr;
  }

  void take_beside(const Value& table) {
    const auto& items = table.items();
    for (size_t i = 0; i < items.size(); i += 2) take_plain(text_of(items[i]), data_[items[i + 1]]);
  }

  void take_table(const Value& table) {
    std::set<std::string_view> names;
    const auto& items = table.items();
    for (size_t i = 0; i < items.size(); i += 2) {
      std::string_view name = text_of(items[i]);
      const Ref ref = items[i + 1];
      const Value& value = data_[ref];
      bool tensor = value.kind == Kind::tensor;
      if (value.kind == Kind::opaque && holds_tensor(ref)) {
        throw InputError(
            cat("'", name, "' cannot be read as a tensor: it needs ", describe_global(data_, value),
                ", which is not supported (code in files is never run)"),
            where());
      }
      if (!tensor) {
        take_plain(name, value);
        continue;
      }
      if (!is_printable(name)) {
        throw InputError(cat("byte ", value.position, ": a tensor has no printable name"), where());
      }
      if (!names.insert(name).second) {
        throw InputError(cat("contains the name '", name, "' twice"), where());
      }
      checkpoint_.tensors.push_back({std::string(name), make(value.tensor(), name)});
    }
  }

  void take_plain(std::string_view key, const Value& value) {
    if (!is_printable(key) || key.size() > kMaxMetadataText) return;
    std::string text;
    switch (value.kind) {
      case Kind::text:
        if (value.text().size() > kMaxMetadataText || !is_printable(value.text())) return;
        text = value.text();
        break;
      case Kind::boolean:
        text = value.integer() ? "true" : "false";
        break;
      case Kind::integer:
        text = std::to_string(value.integer());
        break;
      case Kind::real: {
        char digits[32];
        auto end = std::to_chars(digits, digits + sizeof digits, std::get<double>(value.content));
        text.assign(digits, end.ptr);
        break;
      }
      case Kind::opaque:
      case Kind::global:
        if (++passed_over_ <= kMaxRemarks) {
          checkpoint_.remarks.push_back(cat("'", key, "' needs ", describe_global(data_, value),
                                            ", which is not supported, and was skipped"));
        }
        return;
      default:
        return;
    }
    checkpoint_.metadata[std::string(key)] = std::move(text);
  }

  Tensor make(const TensorView& tensor, std::string_view name) {
    const Storage& storage = data_.storages[tensor.storage];
    bytes_ += static_cast<uint64_t>(c10::multiply_integers(tensor.shape) * tensor.type->size);
    if (bytes_ / kMaxSharing > file_->bytes().size()) {
      throw InputError(
          cat("the tensors up to '", name, "' have ", bytes_, " bytes, much more than the file"),
          where());
    }
    Tensor& elements = elements_[{tensor.storage, tensor.type}];
    if (!elements.defined()) {
      elements = elements_of({file_, storage.bytes, tensor.type, storage.swapped});
    }
    return elements.as_strided(tensor.shape, tensor.strides, tensor.offset);
  }

  void strip_prefixes() {
    auto& tensors = checkpoint_.tensors;
    for (bool again = true; again;) {
      again = false;
      for (const std::string prefix : {"module.", "model."}) {
        bool shared = std::all_of(tensors.begin(), tensors.end(), [&](const auto& entry) {
          return entry.name.starts_with(prefix) && entry.name.size() > prefix.size();
        });
        if (!shared) continue;
        for (CheckpointEntry& entry : tensors) entry.name.erase(0, prefix.size());
        checkpoint_.remarks.push_back(
            cat("all names began with '", prefix, "', which was removed"));
        again = true;
      }
    }
  }
};

}  // namespace

void collect_weights(const Data& data, Ref root, const std::shared_ptr<const MappedFile>& file,
                     Checkpoint& checkpoint) {
  Collector(data, file, checkpoint).collect(root);
}

}  // namespace clipwork::pickle
