#pragma once
// scalars.jsonl: what a training did, a line of JSON a step, with the key names of others' tools.

#include <clipwork/evaluation.h>
#include <clipwork/trainer.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

namespace clipwork::cli {

class ScalarLog {
 public:
  /// Keeps the lines of an earlier run up to step `step`, and adds behind them. Throws Error where
  /// the file cannot be written.
  ScalarLog(std::filesystem::path file, int64_t step);
  /// {"iter", "lr", "loss", the terms, "grad_norm", "time", "data_time" (seconds), "memory" (MB),
  /// "eta" (seconds)}
  void add(const StepReport& report, double memory_mb, double eta_seconds);
  /// {"iter", "AP", "AP50", ...} of an evaluation, times 100; what has nothing to measure is left
  /// out.
  void add(int64_t step, const Measures& measures);
  /// Whether an evaluation of this step is there.
  static bool has_evaluation(const std::filesystem::path& file, int64_t step);

 private:
  std::filesystem::path file_;
  std::ofstream stream_;
  void put(const char* line);
};

}  // namespace clipwork::cli
