#pragma once
// scalars.jsonl: what a training did, a line of JSON a step, with the key names of others' tools.

#include <clipwork/host/evaluation.h>
#include <clipwork/host/trainer.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace clipwork::runs {

class ScalarLog {
 public:
  /// Keeps the lines of an earlier run up to step `step`, and adds behind them. Throws Error where
  /// the file cannot be written.
  ScalarLog(std::filesystem::path file, int64_t step);
  using Values = std::vector<std::pair<std::string, double>>;
  /// A line {"iter": step, ...}.
  void add(int64_t step, const Values& values);
  /// True if the file contains an evaluation of this step.
  static bool has_evaluation(const std::filesystem::path& file, int64_t step);

 private:
  std::filesystem::path file_;
  std::ofstream stream_;
};

/// "lr", "loss", the terms, "grad_norm", "time", "data_time" (seconds), "memory" (MB), "eta"
/// (seconds).
ScalarLog::Values scalars_of(const StepReport& report, double memory_mb, double eta_seconds);
/// "AP", "AP50", ... of an evaluation, times 100; what has nothing to measure is left out.
ScalarLog::Values scalars_of(const Measures& measures);

}  // namespace clipwork::runs
