#pragma once
// Writers of small files as others and attackers write them.

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace clipwork::test {

template <class Number>
std::string little_endian(Number value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

/// A pickle, opcode by opcode.
class Pickle {
 public:
  explicit Pickle(uint8_t protocol = 2) : bytes_("\x80" + little_endian(protocol)) {}

  Pickle& raw(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  Pickle& text(const std::string& value) {
    return raw("X" + little_endian(static_cast<uint32_t>(value.size())) + value);
  }
  /// A string of Python 2, or bytes.
  Pickle& bytes(const std::string& value) {
    return raw("T" + little_endian(static_cast<uint32_t>(value.size())) + value);
  }
  Pickle& number(int64_t value) { return raw("\x8a\x08" + little_endian(value)); }
  Pickle& numbers(const std::vector<int64_t>& values) {
    raw("(");
    for (int64_t value : values) number(value);
    return raw("t");
  }
  Pickle& global(const std::string& module, const std::string& name) {
    return raw("c" + module + "\n" + name + "\n");
  }
  /// A tensor as PyTorch writes it.
  Pickle& tensor(const std::string& key, const std::string& storage_type, int64_t count,
                 int64_t offset, const std::vector<int64_t>& shape,
                 const std::vector<int64_t>& strides) {
    global("torch._utils", "_rebuild_tensor_v2").raw("((").text("storage");
    global("torch", storage_type).text(key).text("cpu").number(count).raw("tQ");
    number(offset).numbers(shape).numbers(strides).raw("\x89");
    return global("collections", "OrderedDict").raw(")RtR");
  }
  /// An array of numpy as Python 2 writes it.
  Pickle& array(const std::vector<int64_t>& shape, const std::string& content,
                const std::string& type = "f4", const std::string& order = "<",
                bool fortran = false) {
    global("numpy.core.multiarray", "_reconstruct").raw("(").global("numpy", "ndarray");
    numbers({0}).bytes("b").raw("tR(").number(1).numbers(shape);
    global("numpy", "dtype").raw("(").bytes(type).number(0).number(1).raw("tR(").number(3);
    bytes(order).raw("NNN").number(-1).number(-1).number(0).raw("tb");
    return raw(fortran ? "\x88" : "\x89").bytes(content).raw("tb");
  }
  std::string stop() const { return bytes_ + "."; }

 private:
  std::string bytes_;
};

inline uint32_t crc_of(const std::string& bytes) {
  uint32_t crc = ~0u;
  for (unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

/// A stored entry of a zip archive; the directory and the local header may tell different things.
struct ZipPart {
  std::string name, data;
  uint16_t method = 0, flags = 0;
  bool wrong_crc = false;
  std::string local_name;       ///< empty: the same
  int64_t local_size = -1;      ///< -1: the same
  int64_t directory_size = -1;  ///< -1: the data's
  int64_t offset = -1;          ///< -1: where it is
};

inline std::string zip(const std::vector<ZipPart>& parts, const std::string& between = {},
                       int entries = -1) {
  std::string archive, directory;
  for (const ZipPart& part : parts) {
    auto size =
        static_cast<uint32_t>(part.directory_size < 0 ? part.data.size() : part.directory_size);
    auto local_size = static_cast<uint32_t>(part.local_size < 0 ? size : part.local_size);
    const std::string& local_name = part.local_name.empty() ? part.name : part.local_name;
    uint32_t crc = crc_of(part.data) + part.wrong_crc;
    auto offset = static_cast<uint32_t>(part.offset < 0 ? archive.size() : part.offset);
    auto length = [](const std::string& text) {
      return little_endian(static_cast<uint16_t>(text.size()));
    };
    archive += "PK\x03\x04" + little_endian(uint16_t{0}) + little_endian(part.flags) +
               little_endian(part.method) + std::string(4, '\0') + little_endian(crc) +
               little_endian(local_size) + little_endian(local_size) + length(local_name) +
               std::string(2, '\0') + local_name + part.data + between;
    directory += "PK\x01\x02" + std::string(4, '\0') + little_endian(part.flags) +
                 little_endian(part.method) + std::string(4, '\0') + little_endian(crc) +
                 little_endian(size) + little_endian(size) + length(part.name) +
                 std::string(12, '\0') + little_endian(offset) + part.name;
  }
  auto begin = static_cast<uint32_t>(archive.size());
  auto count = static_cast<uint16_t>(entries < 0 ? parts.size() : entries);
  return archive + directory + "PK\x05\x06" + std::string(4, '\0') + little_endian(count) +
         little_endian(count) + little_endian(static_cast<uint32_t>(directory.size())) +
         little_endian(begin) + std::string(2, '\0');
}

/// PyTorch's archive with this pickle and storages "0", "1", ...
inline std::string torch_zip(const std::string& pickle, const std::vector<std::string>& storages) {
  std::vector<ZipPart> parts;
  auto add = [&](const std::string& name, const std::string& data) {
    parts.emplace_back();
    parts.back().name = "archive/" + name;
    parts.back().data = data;
  };
  add("data.pkl", pickle);
  for (size_t i = 0; i < storages.size(); ++i) add("data/" + std::to_string(i), storages[i]);
  return zip(parts);
}

/// A dict of tensors [1] of PyTorch under these names, all of storage "0".
inline void put_tensors(Pickle& pickle, const std::vector<std::string>& names) {
  pickle.raw("}(");
  for (const std::string& name : names) {
    pickle.text(name).tensor("0", "FloatStorage", 1, 0, {1}, {1});
  }
  pickle.raw("u");
}

/// PyTorch's older format with this pickle and content behind it.
inline std::string torch_legacy(const std::string& pickle, const std::string& behind) {
  std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  std::string system = Pickle().raw("}").text("little_endian").raw("\x88s").stop();
  return magic + Pickle().number(1001).stop() + system + pickle + behind;
}

inline std::string safetensors(const std::string& header, const std::string& data) {
  return little_endian(static_cast<uint64_t>(header.size())) + header + data;
}

inline std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// A file of small tensors under these names in each format that is read, by the format's name.
inline std::vector<std::pair<std::string, std::string>> files_of_names(
    const std::vector<std::string>& names) {
  Pickle torch, numpy;
  torch.raw("}").text("model");
  put_tensors(torch, names);
  torch.raw("s");
  numpy.raw("}(");
  std::string header;
  for (const std::string& name : names) {
    numpy.text(name).array({1}, floats({1}));
    header += header.empty() ? "{" : ",";
    header += "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
  }
  numpy.raw("u");
  const std::string keys = Pickle().raw("]").text("0").raw("a").stop();
  return {{"zip", torch_zip(torch.stop(), {floats({1})})},
          {"legacy", torch_legacy(torch.stop(), keys + little_endian(int64_t{1}) + floats({1}))},
          {"pickle", numpy.stop()},
          {"safetensors", safetensors(header + "}", "")}};
}

}  // namespace clipwork::test
