#include "cli/model_options.h"

#include <clipwork/error.h>
#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/trained_classes.h>

#include <filesystem>

namespace clipwork::cli {
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

ModelOptions::ModelOptions(Options& options, bool config_needed) {
  options.argument("CONFIG", &config_,
                   "a config file, the folder of a run or of its checkpoint, or clipwork:NAME");
  if (config_needed) options.needed();
  options.argument("CHECKPOINT", &checkpoint_, "the same as --weights")
      .option("weights", "FILE", &weights_,
              "a checkpoint; rule: generated weights, with meaningless results; initial: for "
              "training from scratch")
      .device()
      .plugins();
}

Config ModelOptions::load(const Options& options, std::vector<Override> more) const {
  return load_other(*config_, options, std::move(more));
}

Config ModelOptions::load_other(const std::string& config, const Options& options,
                                std::vector<Override> more) const {
  if (checkpoint_ && weights_) {
    throw InputError("CHECKPOINT and --weights cannot be combined", {}, "use one of them");
  }
  std::vector<Override> overrides = options.overrides();
  if (const std::optional<std::string>& weights = checkpoint_ ? checkpoint_ : weights_) {
    // In the resolved config, so that running it again gives the same run from any folder.
    const bool made = *weights == "rule" || *weights == "initial";
    const std::string file = made ? *weights : fs::absolute(*weights).string();
    overrides.emplace_back(cat("weights.file=", Value(file).toml()),
                           checkpoint_ ? "CHECKPOINT" : "--weights");
  }
  for (Override& one : more) overrides.push_back(std::move(one));
  Registry::instance().load_search_path(options.plugin_folders());
  return with_located_weights(load_config(config, overrides));
}

}  // namespace clipwork::cli
