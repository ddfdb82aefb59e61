#include "measure/model_zoo.h"

#include <clipwork/error.h>
#include <clipwork/host/toml_file.h>
#include <clipwork/value.h>

#include <algorithm>

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

Value read_table(const fs::path& file) {
  Faults faults;
  const std::optional<Value> value = read_toml_file(file, faults);
  faults.raise();
  return *value;
}

std::string text(const Value& table, const char* key) {
  const Value* value = table.find(key);
  return value && value->text() ? *value->text() : std::string();
}

std::optional<double> number(const Value& table, const char* key) {
  const Value* value = table.find(key);
  if (value && value->real()) return *value->real();
  if (value && value->integer()) return static_cast<double>(*value->integer());
  return {};
}

/// The AP of a row of a paper's table.
std::optional<double> paper_ap(const fs::path& file, const std::string& row) {
  const Value table = read_table(file);
  const Value* rows = table.find("row");
  if (rows && rows->array()) {
    for (const Value& one : *rows->array())
      if (text(one, "name") == row) return number(one, "paper.AP");
  }
  throw InputError(cat("has no row '", row, "'"), file.string());
}

ZooConfig config_of(const Value& entry, const fs::path& folder) {
  ZooConfig config;
  config.name = cat("clipwork:", folder.filename().string(), "/", text(entry, "file"));
  config.data = text(entry, "data");
  config.backbone = text(entry, "backbone");
  config.cost = number(entry, "cost");
  config.checkpoint = text(entry, "checkpoint");
  if (const std::string table = text(entry, "table"); !table.empty()) {
    config.ap = paper_ap(folder.parent_path() / "tables" / (table + ".toml"), text(entry, "row"));
  }
  if (const std::optional<double> ap = number(entry, "model_zoo.AP")) config.ap = ap;
  return config;
}

}  // namespace

std::vector<ZooMethod> read_model_zoo(const fs::path& configs) {
  std::vector<ZooMethod> methods;
  for (const auto& folder : fs::directory_iterator(configs)) {
    const fs::path file = folder.path() / "metafile.toml";
    if (!fs::exists(file)) continue;
    const Value meta = read_table(file);
    ZooMethod& method = methods.emplace_back();
    method.name = text(meta, "name");
    method.summary = text(meta, "summary");
    method.paper = text(meta, "paper");
    method.code = text(meta, "code");
    method.weights = text(meta, "weights");
    method.weights_licence = text(meta, "weights_licence");
    const Value* entries = meta.find("config");
    if (!entries || !entries->array()) continue;
    for (const Value& entry : *entries->array())
      method.configs.push_back(config_of(entry, folder.path()));
  }
  std::sort(methods.begin(), methods.end(),
            [](const ZooMethod& a, const ZooMethod& b) { return a.name < b.name; });
  return methods;
}

}  // namespace clipwork::runs
