#include "checkpoint/pickled_weights.h"

#include <algorithm>
#include <map>

#include "checkpoint/collect_weights.h"
#include "checkpoint/pickle.h"
#include "checkpoint/zip.h"

namespace clipwork {
namespace {

/// PROTO 2, LONG1 of ten bytes: the number 0x1950a86a20f9469cfc6c.
constexpr std::string_view kLegacyMagic =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
constexpr int64_t kLegacyVersion = 1001;

Checkpoint start(const std::shared_ptr<const MappedFile>& file, const char* format) {
  Checkpoint checkpoint;
  checkpoint.file = file->path();
  checkpoint.format = format;
  checkpoint.mapping = file;
  return checkpoint;
}

/// A storage that the pickle named before, or a new one.
size_t known_or_new(std::map<std::string_view, size_t>& keys, pickle::Data& data,
                    pickle::Storage storage, const ByteReader& reader) {
  auto [found, fresh] = keys.emplace(storage.key, data.storages.size());
  if (fresh) {
    data.storages.push_back(storage);
    return found->second;
  }
  const pickle::Storage& known = data.storages[found->second];
  if (known.type != storage.type || known.count != storage.count) {
    reader.refuse(cat("describes the storage '", storage.key, "' in two ways"));
  }
  return found->second;
}

/// The storages of an archive are its entries data/KEY.
class ZipStorages : public pickle::StorageFinder {
 public:
  ZipStorages(const ZipArchive& archive, pickle::Data& data, Checkpoint& checkpoint)
      : archive_(archive), data_(data), checkpoint_(checkpoint) {
    const ZipEntry* order = archive.find("byteorder");
    swapped_ = order && order->bytes == "big";
  }

  size_t find(std::string_view key, const ElementType& type, int64_t count,
              const ByteReader& reader) override {
    const ZipEntry* entry = archive_.find(cat("data/", key));
    std::string_view bytes = entry ? entry->bytes : std::string_view();
    if ((!entry && count > 0) || static_cast<int64_t>(bytes.size()) != count * type.size) {
      reader.refuse(cat("claims ", count * type.size, " bytes for the storage '", key,
                        "', but the archive has ", bytes.size()));
    }
    size_t before = data_.storages.size();
    size_t storage = known_or_new(keys_, data_, {key, &type, count, bytes, swapped_}, reader);
    bool fresh = storage == before;
    if (fresh && entry && crc32(bytes) != entry->crc) {
      checkpoint_.remarks.push_back(
          cat("the checksum of 'data/", key, "' is wrong: its values may be damaged"));
    }
    return storage;
  }
  size_t find_view(size_t, std::string_view, int64_t, int64_t, const ByteReader& reader) override {
    reader.refuse("refers to a part of a storage, which is not allowed in an archive");
  }

 private:
  const ZipArchive& archive_;
  pickle::Data& data_;
  Checkpoint& checkpoint_;
  std::map<std::string_view, size_t> keys_;
  bool swapped_ = false;
};

/// The storages of the older format follow the pickles.
class LegacyStorages : public pickle::StorageFinder {
 public:
  explicit LegacyStorages(pickle::Data& data) : data_(data) {}

  size_t find(std::string_view key, const ElementType& type, int64_t count,
              const ByteReader& reader) override {
    return known_or_new(keys_, data_, {key, &type, count, {}, false}, reader);
  }
  size_t find_view(size_t root, std::string_view key, int64_t offset, int64_t count,
                   const ByteReader& reader) override {
    const pickle::Storage whole = data_.storages[root];
    if (offset < 0 || count < 0 || offset > whole.count || count > whole.count - offset) {
      reader.refuse(cat("refers to a part of the storage '", whole.key, "' that is outside of it"));
    }
    size_t view = known_or_new(view_keys_, data_, {key, whole.type, count, {}, false}, reader);
    View described{root, offset};
    auto [known, fresh] = views_.emplace(view, described);
    if (!fresh && (known->second.root != root || known->second.offset != offset)) {
      reader.refuse(cat("describes the storage '", key, "' in two ways"));
    }
    return view;
  }

  /// Takes the content of one storage from the reader.
  void take(std::string_view key, ByteReader& reader) {
    auto found = keys_.find(key);
    if (found == keys_.end()) {
      reader.refuse(
          cat("lists the storage '", printable_part(key),
              "', which is unknown, is listed twice, or has an unsupported element type"));
    }
    pickle::Storage& storage = data_.storages[found->second];
    if (int64_t count = reader.take<int64_t>(); count != storage.count) {
      reader.refuse(cat("has ", count, " elements for the storage '", key, "' of ", storage.count));
    }
    storage.bytes = reader.take_bytes(static_cast<uint64_t>(storage.count * storage.type->size));
    keys_.erase(found);
  }
  void finish(const ByteReader& reader) {
    if (!keys_.empty()) reader.refuse(cat("is missing the storage '", keys_.begin()->first, "'"));
    if (reader.left() > 0) reader.refuse("has trailing bytes after its last storage");
    for (const auto& [index, view] : views_) {
      pickle::Storage& part = data_.storages[index];
      part.bytes =
          data_.storages[view.root].bytes.substr(static_cast<size_t>(view.offset * part.type->size),
                                                 static_cast<size_t>(part.count * part.type->size));
    }
  }

 private:
  struct View {
    size_t root = 0;
    int64_t offset = 0;
  };
  pickle::Data& data_;
  std::map<std::string_view, size_t> keys_, view_keys_;
  std::map<size_t, View> views_;
};

/// Refuses an archive that somebody put around a checkpoint.
void refuse_wrapping(std::string_view bytes, const std::string& where) {
  const std::vector<std::string> names = zip_names(bytes, where);
  auto is_weights = [](const std::string& name) {
    return name == "data.pkl" || name.ends_with("/data.pkl");
  };
  if (std::any_of(names.begin(), names.end(), is_weights)) return;
  for (const std::string& name : names) {
    for (const char* ending : {".pth", ".pt", ".ckpt", ".bin", ".pkl", ".safetensors", ".tar"}) {
      if (!name.ends_with(ending)) continue;
      throw InputError(cat("is a zip archive that contains the checkpoint '", name, "'"), where,
                       cat("unpack it (`unzip ", where, "`) and use '", name, "'"));
    }
  }
}

}  // namespace

Checkpoint read_torch_zip(std::shared_ptr<const MappedFile> file, std::string& key) {
  Checkpoint checkpoint = start(file, "pth (zip)");
  const std::string where = file->path().string();
  refuse_wrapping(file->bytes(), where);
  ZipArchive archive(file->bytes(), where);
  const ZipEntry* entry = archive.find("data.pkl");
  if (!entry) {
    throw InputError("is a zip archive without 'data.pkl'", where, "expected a PyTorch checkpoint");
  }
  if (archive.find("constants.pkl")) {
    throw InputError("is a TorchScript archive", where, "save the model's state_dict() instead");
  }
  if (crc32(entry->bytes) != entry->crc) {
    checkpoint.remarks.push_back(
        "the checksum of 'data.pkl' is wrong: names and shapes may be damaged");
  }
  pickle::Data data;
  ZipStorages storages(archive, data, checkpoint);
  ByteReader reader(entry->bytes, where + ", data.pkl");
  pickle::Ref root = pickle::read(reader, data, &storages);
  if (reader.left() > 0) reader.refuse("has trailing bytes");
  pickle::collect_weights(data, root, file, checkpoint, key);
  return checkpoint;
}

bool is_torch_legacy(std::string_view bytes) { return bytes.starts_with(kLegacyMagic); }

Checkpoint read_torch_legacy(std::shared_ptr<const MappedFile> file, std::string& key) {
  Checkpoint checkpoint = start(file, "pth (legacy)");
  ByteReader reader(file->bytes(), file->path().string(), kLegacyMagic.size());
  pickle::Data data;
  const pickle::Value& version = data[pickle::read(reader, data, nullptr)];
  if (version.kind != pickle::Value::Kind::integer || version.integer() != kLegacyVersion) {
    reader.refuse("has an unknown version of PyTorch's older format");
  }
  const pickle::Value& system = data[pickle::read(reader, data, nullptr)];
  if (system.kind != pickle::Value::Kind::dict)
    reader.refuse("does not record on which system it was written");
  const auto& facts = system.items();
  for (size_t i = 0; i < facts.size(); i += 2) {
    const pickle::Value &key = data[facts[i]], &value = data[facts[i + 1]];
    bool order = key.kind == pickle::Value::Kind::text && key.text() == "little_endian";
    if (order && value.kind == pickle::Value::Kind::boolean && value.integer() == 0) {
      reader.refuse("was written on a big-endian system, which is not supported");
    }
  }

  LegacyStorages storages(data);
  pickle::Ref root = pickle::read(reader, data, &storages);
  const pickle::Value& keys = data[pickle::read(reader, data, nullptr)];
  if (keys.kind != pickle::Value::Kind::list) reader.refuse("does not list its storages");
  for (pickle::Ref one : keys.items()) {
    if (data[one].kind != pickle::Value::Kind::text)
      reader.refuse("does not list its storages by name");
    storages.take(data[one].text(), reader);
  }
  storages.finish(reader);
  pickle::collect_weights(data, root, file, checkpoint, key);
  return checkpoint;
}

bool is_pickle(std::string_view bytes) { return bytes.size() > 2 && bytes[0] == '\x80'; }

Checkpoint read_numpy_pickle(std::shared_ptr<const MappedFile> file, std::string& key) {
  Checkpoint checkpoint = start(file, "pkl");
  ByteReader reader(file->bytes(), file->path().string());
  pickle::Data data;
  pickle::Ref root = pickle::read(reader, data, nullptr);
  if (reader.left() > 0) reader.refuse("has trailing bytes");
  pickle::collect_weights(data, root, file, checkpoint, key);
  return checkpoint;
}

}  // namespace clipwork
