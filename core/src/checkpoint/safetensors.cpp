#include "checkpoint/safetensors.h"

#include <clipwork/host/json.h>
#include <clipwork/output_file.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "checkpoint/file_tensor.h"

namespace clipwork {
namespace {

constexpr uint64_t kMaxHeader = 64 << 20;
/// Beyond this a header must also be shorter than the data: descriptions larger than what they
/// describe are made to exhaust memory. Small files may well be mostly header.
constexpr uint64_t kSmallHeader = 1 << 20;
constexpr const char* kMetadata = "__metadata__";

uint64_t header_length(std::string_view bytes) {
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length;
}

struct Description {
  std::string name;
  const ElementType* type = nullptr;
  std::vector<int64_t> shape;
  std::vector<int64_t> range;  ///< begin and end in the data
  bool has_shape = false;
};

/// Takes the header apart while it is parsed; whatever has no place in it stops the parser, so
/// memory stays in proportion to what is valid.
class HeaderHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, HeaderHandler> {
 public:
  std::vector<Description> descriptions;
  std::map<std::string, std::string> metadata;
  std::string problem;

  bool Default() { return refuse("contains a value of an unexpected type"); }
  bool StartObject() {
    if (level_ == 1 && key_ != kMetadata) descriptions.emplace_back().name = key_;
    return level_ < 2 ? (++level_, true) : Default();
  }
  bool EndObject(rapidjson::SizeType) {
    --level_;
    if (level_ != 1 || key_of_level1_ == kMetadata) return true;
    const Description& last = descriptions.back();
    bool whole = last.type && last.has_shape && last.range.size() == 2;
    return whole || refuse(cat("'", last.name, "' needs a dtype, a shape and two data_offsets"));
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    key_.assign(text, length);
    if (level_ == 1) {
      key_of_level1_ = key_;
      keys_.clear();
      if (length > kMaxTensorName) {
        return refuse(
            cat("contains a name of ", length, " bytes, expected at most ", kMaxTensorName));
      }
      if (names_.size() > kMaxTensors) {
        return refuse(cat("contains more than ", kMaxTensors, " tensors"));
      }
      if (!is_printable(key_)) return refuse("contains a name that is empty or not printable");
      return names_.insert(key_).second || refuse(cat("contains the name '", key_, "' twice"));
    }
    return keys_.insert(key_).second ||
           refuse(cat("'", key_of_level1_, "' contains '", key_, "' twice"));
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    if (level_ != 2 || list_) return Default();
    if (key_of_level1_ == kMetadata) {
      metadata[key_].assign(text, length);
      return true;
    }
    if (key_ != "dtype") return Default();
    std::string name(text, length);
    descriptions.back().type = element_type(name);
    return descriptions.back().type ||
           refuse(cat("'", key_of_level1_, "' has the dtype '", name, "', which is not supported"));
  }
  bool StartArray() {
    if (level_ != 2 || list_ || key_of_level1_ == kMetadata) return Default();
    if (key_ == "shape") {
      list_ = &descriptions.back().shape;
      descriptions.back().has_shape = true;
    } else if (key_ == "data_offsets") {
      list_ = &descriptions.back().range;
    } else {
      return Default();
    }
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    list_ = nullptr;
    return true;
  }
  bool Uint(unsigned value) { return Uint64(value); }
  bool Uint64(uint64_t value) {
    if (!list_ || value > INT64_MAX || list_->size() >= kMaxDimensions) return Default();
    list_->push_back(static_cast<int64_t>(value));
    return true;
  }

 private:
  int level_ = 0;
  std::string key_, key_of_level1_;
  std::set<std::string> names_, keys_;
  std::vector<int64_t>* list_ = nullptr;

  bool refuse(std::string text) {
    problem = std::move(text);
    return false;
  }
};

}  // namespace

bool is_safetensors(std::string_view bytes) {
  return bytes.size() > 8 && bytes[8] == '{' && header_length(bytes) <= bytes.size() - 8;
}

Checkpoint read_safetensors(std::shared_ptr<const MappedFile> file) {
  const std::string where = file->path().string();
  std::string_view bytes = file->bytes();
  uint64_t length = header_length(bytes);
  std::string_view data = bytes.substr(8 + length);
  if (length > kMaxHeader || (length > kSmallHeader && length > bytes.size() / 2)) {
    throw InputError(cat("has a header of ", length, " bytes, which is too long"), where);
  }

  HeaderHandler header;
  rapidjson::MemoryStream stream(bytes.data() + 8, length);
  rapidjson::Reader reader;
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  auto result = reader.Parse<kFlags>(stream, header);
  if (!result) {
    std::string problem = header.problem;
    if (problem.empty()) problem = rapidjson::GetParseError_En(result.Code());
    throw InputError(cat("header, byte ", 8 + result.Offset(), ": ", problem), where);
  }

  auto& found = header.descriptions;
  std::stable_sort(found.begin(), found.end(),
                   [](const Description& a, const Description& b) { return a.range < b.range; });
  int64_t end = 0;
  Checkpoint checkpoint;
  checkpoint.file = file->path();
  checkpoint.format = "safetensors";
  checkpoint.mapping = file;
  checkpoint.metadata = std::move(header.metadata);
  for (const Description& one : found) {
    if (one.range[0] != end || one.range[1] < end) {
      throw InputError(cat("the data of '", one.name, "' begins at ", one.range[0], " and ends at ",
                           one.range[1], ", but the data before it ends at ", end),
                       where, "tensors must be stored without gaps or overlaps");
    }
    end = one.range[1];
    auto expected = checked_bytes(one.shape, one.type->size);
    bool empty = std::find(one.shape.begin(), one.shape.end(), 0) != one.shape.end();
    if (!expected || (empty ? 0 : *expected) != end - one.range[0]) {
      throw InputError(cat("'", one.name, "' has ", end - one.range[0],
                           " bytes, which contradicts its shape and dtype"),
                       where);
    }
    if (static_cast<uint64_t>(end) > data.size()) break;
    StoredElements storage{file, data.substr(one.range[0], end - one.range[0]), one.type};
    checkpoint.tensors.push_back({one.name, elements_of(storage).view(one.shape)});
  }
  if (static_cast<uint64_t>(end) != data.size()) {
    throw InputError(cat("has ", data.size(), " bytes of data, but its header describes ", end),
                     where, "the file may be incomplete; copy it again");
  }
  return checkpoint;
}

void write_safetensors(const std::filesystem::path& file,
                       const std::vector<CheckpointEntry>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<CheckpointEntry> ordered = tensors;
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return a.value.element_size() > b.value.element_size();
  });

  JsonWriter json(JsonWriter::Form::line);
  json.begin_object();
  if (!metadata.empty()) {
    json.begin_object(kMetadata);
    for (const auto& [key, value] : metadata) json.member(key, value);
    json.end_object();
  }
  std::set<std::string> names;
  int64_t end = 0;
  for (const auto& [name, value] : ordered) {
    const ElementType* type = element_type(value.scalar_type());
    if (!type) {
      throw Error(cat("'", name, "' has a type that .safetensors does not support: ",
                      c10::toString(value.scalar_type())),
                  file.string());
    }
    if (!is_printable(name) || name == kMetadata || !names.insert(name).second) {
      throw Error(
          cat("'", name,
              "' cannot be the name of a tensor: it is a duplicate, reserved, or not printable"),
          file.string());
    }
    json.begin_object(name);
    json.member("dtype", type->name);
    json.begin_array("shape");
    for (int64_t size : value.sizes()) json.value(size);
    json.end_array();
    json.begin_array("data_offsets");
    json.value(end);
    json.value(end += static_cast<int64_t>(value.numel()) * type->size);
    json.end_array();
    json.end_object();
  }
  json.end_object();

  const std::string header = json.take();
  uint64_t length = (8 + header.size() + 63) / 64 * 64 - 8;
  OutputFile output(file);
  output.write({reinterpret_cast<const char*>(&length), sizeof length});
  output.write(header);
  output.write(std::string(length - header.size(), ' '));
  for (const auto& entry : ordered) {
    Tensor value = entry.value.detach().to(at::kCPU).contiguous();
    output.write({static_cast<const char*>(value.const_data_ptr()), value.nbytes()});
  }
  output.commit();
}

}  // namespace clipwork
