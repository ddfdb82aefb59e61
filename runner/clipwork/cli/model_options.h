#pragma once
// The options of every verb that runs a pipeline: a config, weights, plugins.

#include <clipwork/host/config.h>

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace clipwork::cli {

class ModelOptions {
 public:
  /// Adds CONFIG, which a verb may do without, CHECKPOINT, --weights, --device and --plugin-path.
  ModelOptions(Options& options, bool config_needed);
  ModelOptions(const ModelOptions&) = delete;
  ModelOptions& operator=(const ModelOptions&) = delete;

  /// True if there is a CONFIG.
  bool given() const { return config_.has_value(); }
  const std::string& config() const { return *config_; }
  /// The config with what was set on the command line and with `more`; plugins are loaded.
  Config load(const Options& options, std::vector<Override> more = {}) const;
  /// The same of another config than CONFIG.
  Config load_other(const std::string& config, const Options& options,
                    std::vector<Override> more) const;

 private:
  std::optional<std::string> config_, checkpoint_, weights_;
};

}  // namespace clipwork::cli
