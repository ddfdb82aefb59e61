#pragma once
// Do weights fit a config? Models are built to be looked at, each once.

#include <clipwork/host/config.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clipwork::table {

class WeightShapes {
 public:
  /// The first parameter that the model of `inference` has and weights of `training` lack, or have
  /// in another shape, in a sentence; empty where there is none.
  std::string difference(const Config& training, const Config& inference);
  /// Why the weights in `file` cannot be loaded into the model of `config`; empty where they can,
  /// or where the file is not there.
  std::string misfit(const Config& config, const std::string& file);

 private:
  using Shapes = std::map<std::string, std::vector<int64_t>>;
  std::map<std::string, Shapes> shapes_;        ///< by the config's model
  std::map<std::string, std::string> misfits_;  ///< by file and model
  const Shapes& shapes_of(const Config& config);
};

}  // namespace clipwork::table
