#include "run/located_weights.h"

#include <clipwork/error.h>
#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/trained_classes.h>

#include <filesystem>

namespace clipwork::runs {
namespace fs = std::filesystem;

Config with_located_weights(const Config& config) {
  const Value* named = config.find("weights.file");
  if (!named || !named->text()) return config;
  if (!std::holds_alternative<fs::path>(weight_origin(*named->text()))) return config;
  fs::path file = located_data(*named);
  std::error_code failed;
  // The error of a missing file belongs to whoever loads it.
  if (!fs::exists(file, failed)) return config;
  if (fs::is_directory(file, failed)) {
    const Value* measure = config.find("train.best");
    file = weights_in(file, measure && measure->text() ? *measure->text() : TrainSection().best);
  }
  Value tree = config.tree();
  tree.set("weights.file", Value(fs::absolute(file).lexically_normal().string(), named->origin()));
  if (!config.find("classes.names")) {
    const std::vector<std::string> classes = trained_classes(read_checkpoint(file));
    Value::Array names(classes.begin(), classes.end());
    if (!names.empty()) tree.set("classes.names", Value(std::move(names), {file.string()}));
  }
  return Config(tree, config.files());
}

}  // namespace clipwork::runs
