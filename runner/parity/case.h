#pragma once
// A golden case: a folder with case.json and tensors, as ../shared/parity/README.md lays it out.

#include <ATen/core/Tensor.h>
#include <clipwork/host/checkpoint.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::parity {

using Json = rapidjson::Value;
using NamedTensors = std::map<std::string, at::Tensor>;

/// A piece or a summary of a stage: index per dimension, then a reduction.
struct Selection {
  std::string from;
  std::vector<int64_t> shape;
  std::vector<std::optional<at::Tensor>> index;  ///< per dimension; none: all
  std::string reduce;                            ///< mean | rms | count, or empty
  std::vector<int64_t> dims;
  /// Positions that the reduction sums over.
  int64_t reduced_positions() const;
};

struct Case {
  std::filesystem::path folder;
  std::string name, kind;
  rapidjson::Document json;
  NamedTensors outputs;
  std::map<std::string, Selection> select;

  const Json& config() const { return json["config"]; }
  /// Seed and gains of the weights by rule.
  WeightRule weights() const;
  /// An input by name, whether from the file, a picture rule or a number stream. Throws InputError
  /// where the case has none.
  at::Tensor input(const std::string& name) const;
  bool has_input(const std::string& name) const;
  /// True if a stage is compared, as a whole or as the source of a piece.
  bool wants(const std::string& stage) const;

 private:
  friend Case read_case(const std::filesystem::path& folder);
  NamedTensors file_inputs_;
};

/// Throws InputError naming file and key where the folder is not a case.
Case read_case(const std::filesystem::path& folder);

// Keys of a JSON object; each throws InputError naming the key where it is absent or of another
// type.
const Json& member(const Json& object, const char* key);
int64_t integer(const Json& object, const char* key);
double number(const Json& object, const char* key);
bool boolean(const Json& object, const char* key);
std::string text(const Json& object, const char* key);
std::vector<int64_t> integers(const Json& array);
/// [h, w].
Size size_of(const Json& object, const char* key);

}  // namespace clipwork::parity
