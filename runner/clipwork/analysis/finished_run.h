#pragma once
// The folder of an evaluation that is complete, opened again.

#include <clipwork/dataset.h>
#include <clipwork/host/ground_truth.h>

#include <filesystem>
#include <memory>
#include <string>

namespace clipwork::runs {

struct FinishedRun {
  std::shared_ptr<const Dataset> dataset;
  std::string data;  ///< the data set, for people
  std::string hash;  ///< of its videos and classes
  GroundTruth truth;
  Results results;
};

/// Throws InputError where `folder` has no config.toml with a data set, no results.json, or where
/// the data has no annotations.
FinishedRun open_finished_run(const std::filesystem::path& folder);

}  // namespace clipwork::runs
