#pragma once
// Finds the configs that a checkpoint belongs to.

#include <clipwork/host/checkpoint.h>
#include <clipwork/host/plan.h>

#include <filesystem>
#include <string>
#include <vector>

namespace clipwork::runs {

/// The agreement of a checkpoint with one model, and the configs that have it.
struct ModelFit {
  std::vector<std::string> configs;
  LoadReport report;
  LoadReport refused;  ///< what of the report loading would not accept
  bool loads() const { return refused.missing.empty() && refused.wrong_shape.empty(); }
  /// Modules that the file lacks, if it has a part of the model and a training can start from it.
  std::vector<std::string> absent_parts() const;
  /// It loads, and nothing of the file is left over.
  bool fits() const { return loads() && report.unexpected.empty(); }
};

/// Compares a checkpoint with the model of one plan, by names and shapes; `configs` stays empty.
ModelFit compare_with_config(const Checkpoint& checkpoint, const Plan& plan);

/// Compares a checkpoint with every model of the configs below `folder`, by names and shapes;
/// their names are relative to `folder`. The best fit comes first. Configs with faults are named in
/// `remarks`.
std::vector<ModelFit> compare_with_configs(const Checkpoint& checkpoint,
                                           const std::filesystem::path& folder,
                                           std::vector<std::string>& remarks);

}  // namespace clipwork::runs
