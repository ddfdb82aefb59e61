#pragma once
// The methods whose configs are installed, as their metafiles describe them.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::runs {

struct ZooConfig {
  std::string name;  ///< "clipwork:minvis/ytvis2019_r50.toml"
  std::string data, backbone;
  std::optional<double> ap;    ///< that the paper or the model zoo reports
  std::optional<double> cost;  ///< in Y per frame
  std::string checkpoint;      ///< which file of the model zoo it is; may be empty
};

struct ZooMethod {
  std::string name, summary, paper, code, weights, weights_licence;
  std::vector<ZooConfig> configs;
};

/// Reads METHOD/metafile.toml of every method in `configs`, by name. Throws InputError where one
/// cannot be read or names a row of a paper's table that is not there.
std::vector<ZooMethod> read_model_zoo(const std::filesystem::path& configs);

}  // namespace clipwork::runs
