#include "cli/model_options.h"

#include <clipwork/error.h>
#include <clipwork/host/registry.h>

#include <filesystem>

#include "run/located_weights.h"

namespace clipwork::cli {
namespace fs = std::filesystem;

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
  return runs::with_located_weights(load_config(config, overrides));
}

}  // namespace clipwork::cli
