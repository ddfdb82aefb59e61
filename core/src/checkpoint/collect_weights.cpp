#include "checkpoint/collect_weights.h"

#include <clipwork/text.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

namespace clipwork::pickle {
namespace {

using Kind = Value::Kind;

constexpr size_t kMaxRemarks = 20, kMaxMetadata = 10'000, kMaxMetadataText = 4096;
/// Names under which programs keep weights; where a file has several, the first of them is read.
constexpr std::string_view kUsualKeys[] = {
    "model",  "state_dict", "model_state_dict", "model_state", "net",     "network",
    "module", "params",     "weights",          "blobs",       "teacher", "student"};
/// Tables of tables beyond this depth or number, or below longer keys, are not searched.
constexpr size_t kMaxPlaceDepth = 6, kMaxPlaces = 64, kMaxPlaceKey = 100;
/// Tied weights have several names; more names than this for the same bytes are an attack.
constexpr uint64_t kMaxSharing = 16;

class Collector {
 public:
  Collector(const Data& data, const std::shared_ptr<const MappedFile>& file, Checkpoint& checkpoint)
      : data_(data), file_(file), checkpoint_(checkpoint) {}

  void collect(Ref root, std::string& key) {
    if (data_[root].kind == Kind::opaque) {
      throw InputError(cat("contains an object of type ", describe_global(data_, data_[root]),
                           ", not a table of weights"),
                       where(), "save the model's state_dict() instead of the model");
    }
    search(root, "", false, 0);
    if (places_.empty()) {
      throw InputError(cat("contains no table of weights", keys_of(data_[root])), where(),
                       "weights are expected at the top level, or in a table such as 'model' or "
                       "'state_dict'");
    }
    const Place& chosen = choose(key);
    tell_choice(chosen);
    const Value* table = &data_[chosen.table];
    if (table != &data_[root]) take_beside(data_[root]);
    take_table(*table);
  }

 private:
  const Data& data_;
  const std::shared_ptr<const MappedFile>& file_;
  Checkpoint& checkpoint_;
  /// All elements of the same bytes, which several storages may have.
  std::map<std::tuple<const char*, size_t, const ElementType*, bool>, Tensor> elements_;
  /// A table of the file that holds tensors.
  struct Place {
    std::string path;  ///< keys that lead to it: "checkpoint.model"; empty at the top level
    Ref table;
    size_t tensors;
    bool usual;  ///< all of its keys are among kUsualKeys
  };
  std::vector<Place> places_;
  std::set<Ref> without_tensor_, searched_;
  uint64_t bytes_ = 0;
  size_t passed_over_ = 0, plain_ = 0;

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
        keys += cat(keys.empty() ? "; its keys are '" : ", '", printable_part(key), "'");
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

  /// Whether weights may be below a key: optimizers have tensors of their own.
  static bool may_lead_to_weights(std::string_view key) {
    return !key.empty() && key.size() <= kMaxPlaceKey && is_printable(key) &&
           key.find("optim") == key.npos;
  }

  /// Adds the places of weights in a value, in the order of preference.
  void search(Ref ref, const std::string& path, bool usual, size_t depth) {
    const Value& value = data_[ref];
    const bool sequence = value.kind == Kind::list || value.kind == Kind::tuple;
    if (value.kind != Kind::dict && !sequence) return;
    if (depth > kMaxPlaceDepth || !searched_.insert(ref).second) return;
    auto go = [&](Ref inner, const std::string& key, bool is_usual) {
      if (places_.size() == kMaxPlaces || searched_.contains(inner)) return;
      search(inner, path.empty() ? key : cat(path, ".", key), is_usual, depth + 1);
    };
    const auto& items = value.items();
    if (sequence) {
      for (size_t i = 0; i < items.size() && i < kMaxPlaces; ++i) {
        go(items[i], std::to_string(i), false);
      }
      return;
    }
    size_t tensors = 0;
    std::vector<std::pair<size_t, size_t>> inner;  // rank of a key, and its place
    for (size_t i = 0; i < items.size(); i += 2) {
      const Kind kind = data_[items[i + 1]].kind;
      tensors += kind == Kind::tensor || (kind == Kind::opaque && holds_tensor(items[i + 1]));
      if (kind != Kind::dict && kind != Kind::list && kind != Kind::tuple) continue;
      const std::string_view key = text_of(items[i]);
      if (!may_lead_to_weights(key)) continue;
      const auto rank = std::find(std::begin(kUsualKeys), std::end(kUsualKeys), key);
      inner.emplace_back(rank - std::begin(kUsualKeys), i);
    }
    std::stable_sort(inner.begin(), inner.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    auto go_on = [&](bool among_usual) {
      for (const auto& [rank, i] : inner) {
        const bool is_usual = rank < std::size(kUsualKeys);
        if (is_usual != among_usual) continue;
        go(items[i + 1], std::string(text_of(items[i])), is_usual && (usual || depth == 0));
      }
    };
    go_on(true);
    if (tensors > 0) places_.push_back({path, ref, tensors, usual});
    go_on(false);
  }

  /// The place that `key` names, which is then cut off from it; else the first usual place; else
  /// that with the most tensors.
  const Place& choose(std::string& key) const {
    const Place* chosen = nullptr;
    for (const Place& place : places_) {
      const bool named = key == place.path || key.starts_with(place.path + ".");
      const bool longer = !chosen || place.path.size() > chosen->path.size();
      if (!place.path.empty() && named && longer) chosen = &place;
    }
    if (chosen) {
      key.erase(0, std::min(chosen->path.size() + 1, key.size()));
      return *chosen;
    }
    for (const Place& place : places_) {
      if (place.usual) return place;
      if (!chosen || place.tensors > chosen->tensors) chosen = &place;
    }
    return *chosen;
  }

  /// Notes where the weights are read from, and where else the file has about as many.
  void tell_choice(const Place& chosen) {
    std::vector<std::string> others;
    for (const Place& place : places_) {
      if (place.path.empty()) continue;
      checkpoint_.places.push_back(place.path);
      const bool as_large = 2 * place.tensors >= chosen.tensors;
      if (&place != &chosen && as_large) others.push_back(place.path);
    }
    const bool expected =
        chosen.path.empty() || chosen.path == kUsualKeys[0] || chosen.path == kUsualKeys[1];
    if (others.empty() && expected) return;
    std::string text =
        cat("the weights are those ",
            chosen.path.empty() ? "at the top level" : cat("in '", chosen.path, "'"));
    if (!others.empty()) {
      text += cat("; the file also has weights in ",
                  join(others, [](const std::string& path) { return cat("'", path, "'"); }),
                  ": FILE#", others[0], " reads those");
    }
    checkpoint_.choice = text;
    checkpoint_.remarks.push_back(std::move(text));
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
            where(), "save the model's state_dict() instead of objects");
      }
      if (!tensor) {
        take_plain(name, value);
        continue;
      }
      check_name(name, value.position);
      if (!names.insert(name).second) {
        throw InputError(cat("contains the name '", name, "' twice"), where());
      }
      checkpoint_.tensors.push_back({std::string(name), make(value.tensor(), name)});
    }
  }

  /// Of a tensor at a byte of the pickle.
  void check_name(std::string_view name, size_t position) const {
    if (name.size() > kMaxTensorName) {
      throw InputError(cat("byte ", position, ": a tensor has a name of ", name.size(),
                           " bytes, expected at most ", kMaxTensorName),
                       where());
    }
    if (!is_printable(name)) {
      throw InputError(cat("byte ", position, ": a tensor has no printable name"), where());
    }
    if (checkpoint_.tensors.size() == kMaxTensors) {
      throw InputError(cat("contains more than ", kMaxTensors, " tensors"), where());
    }
  }

  /// Keeps a number or text as metadata. Lengths and counts come first: a file can recall one long
  /// text millions of times.
  void take_plain(std::string_view key, const Value& value) {
    if (key.size() > kMaxMetadataText || plain_ == kMaxMetadata) return;
    std::string text;
    switch (value.kind) {
      case Kind::text:
        if (value.text().size() > kMaxMetadataText) return;
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
        if (passed_over_++ >= kMaxRemarks || !is_printable(key)) return;
        checkpoint_.remarks.push_back(cat("'", key, "' needs ", describe_global(data_, value),
                                          ", which is not supported, and was skipped"));
        return;
      default:
        return;
    }
    ++plain_;
    if (!is_printable(key) || !is_printable(text)) return;
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
    Tensor& elements =
        elements_[{storage.bytes.data(), storage.bytes.size(), tensor.type, storage.swapped}];
    if (!elements.defined()) {
      elements = elements_of({file_, storage.bytes, tensor.type, storage.swapped});
    }
    return elements.as_strided(tensor.shape, tensor.strides, tensor.offset);
  }
};

}  // namespace

void collect_weights(const Data& data, Ref root, const std::shared_ptr<const MappedFile>& file,
                     Checkpoint& checkpoint, std::string& key) {
  Collector(data, file, checkpoint).collect(root, key);
}

}  // namespace clipwork::pickle
