#include "case.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <clipwork/error.h>
#include <clipwork/host/json_document.h>
#include <clipwork/read_file.h>

#include <algorithm>

namespace clipwork::parity {

namespace {

[[noreturn]] void wrong(const std::string& what) { throw InputError(what, "case.json"); }

const char* type_name(const Json& value) {
  static const char* kNames[] = {"null",     "false",    "true",    "an object",
                                 "an array", "a string", "a number"};
  return kNames[value.GetType()];
}

std::optional<at::Tensor> index_of(const Json& entry, int64_t size) {
  if (entry.IsString()) {
    if (entry.GetString() != std::string("all"))
      wrong(cat("index \"", entry.GetString(), "\" is not \"all\""));
    return {};
  }
  if (entry.IsArray()) {
    std::vector<int64_t> places = integers(entry);
    return at::tensor(places, at::kLong);
  }
  int64_t stop = member(entry, "stop").IsNull() ? size : integer(entry, "stop");
  return at::arange(integer(entry, "start"), stop, integer(entry, "step"), at::kLong);
}

Selection read_selection(const Json& json) {
  Selection selection;
  selection.from = text(json, "from");
  selection.shape = integers(member(json, "shape"));
  selection.index.resize(selection.shape.size());
  if (json.HasMember("index")) {
    const Json& index = member(json, "index");
    if (index.Size() != selection.shape.size())
      wrong("select.index needs one entry per dimension of shape");
    for (rapidjson::SizeType i = 0; i < index.Size(); ++i) {
      selection.index[i] = index_of(index[i], selection.shape[i]);
    }
  }
  if (json.HasMember("reduce")) {
    const Json& reduce = member(json, "reduce");
    selection.reduce = text(reduce, "op");
    selection.dims = integers(member(reduce, "dims"));
  }
  return selection;
}

at::Tensor picture(const Json& rule) {
  int64_t height = integer(rule, "height"), width = integer(rule, "width");
  if (text(rule, "rule") == "picture") {
    return picture_by_rule(integer(rule, "seed"), 0, integer(rule, "frames"), height, width);
  }
  std::vector<at::Tensor> frames;
  for (const Json& cut : member(rule, "cuts").GetArray()) {
    frames.push_back(
        picture_by_rule(integer(cut, "seed"), integer(cut, "frame"), 1, height, width));
  }
  return at::cat(frames);
}

const Json* find(const Json& object, const char* key) {
  if (!object.IsObject()) return nullptr;
  auto found = object.FindMember(key);
  return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

}  // namespace

const Json& member(const Json& object, const char* key) {
  if (!object.IsObject() || !object.HasMember(key)) wrong(cat("key '", key, "' is missing"));
  return object[key];
}

int64_t integer(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.IsInt64()) wrong(cat("'", key, "' is ", type_name(value), ", not an integer"));
  return value.GetInt64();
}

double number(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.IsNumber()) wrong(cat("'", key, "' is ", type_name(value), ", not a number"));
  return value.GetDouble();
}

bool boolean(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.IsBool()) wrong(cat("'", key, "' is ", type_name(value), ", not true or false"));
  return value.GetBool();
}

std::string text(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.IsString()) wrong(cat("'", key, "' is ", type_name(value), ", not a string"));
  return {value.GetString(), value.GetStringLength()};
}

std::vector<int64_t> integers(const Json& array) {
  if (!array.IsArray()) wrong(cat("expected an array of integers, found ", type_name(array)));
  std::vector<int64_t> values;
  for (const Json& value : array.GetArray()) {
    if (!value.IsInt64()) wrong(cat("expected an integer, found ", type_name(value)));
    values.push_back(value.GetInt64());
  }
  return values;
}

Size size_of(const Json& object, const char* key) {
  std::vector<int64_t> sides = integers(member(object, key));
  if (sides.size() != 2) wrong(cat("'", key, "' is not [h, w]"));
  return {sides[0], sides[1]};
}

int64_t Selection::reduced_positions() const {
  int64_t positions = 1;
  for (int64_t dim : dims) positions *= index[dim] ? index[dim]->numel() : shape[dim];
  return positions;
}

WeightRule Case::weights() const {
  WeightRule rule;
  const Json& weights = member(json, "weights");
  if (weights.IsNull()) return rule;
  rule.seed = static_cast<uint64_t>(integer(weights, "seed"));
  if (const Json* gains = find(weights, "gains")) {
    for (const auto& gain : gains->GetObject()) {
      rule.gains.emplace_back(gain.name.GetString(), gain.value.GetDouble());
    }
  }
  return rule;
}

bool Case::has_input(const std::string& name) const {
  if (file_inputs_.count(name)) return true;
  const Json& inputs = member(json, "inputs");
  for (const char* source : {"pictures", "streams"}) {
    const Json* rules = find(inputs, source);
    if (rules && rules->HasMember(name.c_str())) return true;
  }
  return false;
}

at::Tensor Case::input(const std::string& name) const {
  if (auto found = file_inputs_.find(name); found != file_inputs_.end()) return found->second;
  const Json& inputs = member(json, "inputs");
  const Json* pictures = find(inputs, "pictures");
  if (pictures && pictures->HasMember(name.c_str())) return picture((*pictures)[name.c_str()]);
  const Json* streams = find(inputs, "streams");
  if (streams && streams->HasMember(name.c_str())) {
    const Json& rule = (*streams)[name.c_str()];
    return stream_by_rule(text(rule, "stream"), integer(rule, "seed"),
                          integers(member(rule, "shape")), number(rule, "scale"),
                          number(rule, "offset"));
  }
  wrong(cat("there is no input '", name, "'"));
}

bool Case::wants(const std::string& stage) const {
  if (outputs.count(stage) && !select.count(stage)) return true;
  return std::any_of(select.begin(), select.end(),
                     [&](const auto& entry) { return entry.second.from == stage; });
}

Case read_case(const std::filesystem::path& folder) {
  std::filesystem::path file = folder / "case.json";
  if (!std::filesystem::exists(file)) {
    throw InputError("there is no case.json", folder.string(), "use the folder of a golden case");
  }
  Case result;
  result.folder = folder;
  if (const auto problem = parse_json(read_file(file), result.json)) {
    throw InputError(cat("is not valid JSON at ", *problem), file.string());
  }
  try {
    if (integer(result.json, "schema") != 1) wrong("schema is not 1");
    result.name = text(result.json, "case");
    result.kind = text(result.json, "kind");
    member(result.json, "config");
    const Json& inputs = member(result.json, "inputs");
    if (const Json* name = find(inputs, "file")) {
      for (CheckpointEntry& entry : read_checkpoint(folder / name->GetString()).tensors) {
        result.file_inputs_[entry.name] = entry.value;
      }
    }
    for (CheckpointEntry& entry : read_checkpoint(folder / "outputs.safetensors").tensors) {
      result.outputs[entry.name] = entry.value;
    }
    if (const Json* select = find(result.json, "select")) {
      for (const auto& entry : select->GetObject()) {
        result.select[entry.name.GetString()] = read_selection(entry.value);
      }
    }
  } catch (Error& error) {
    error.within(folder.string());
    throw;
  }
  return result;
}

}  // namespace clipwork::parity
