#pragma once
// A table planned: every row of an edition resolved to configs, checked as training and as
// inference, and the jobs that are to be done.

#include <clipwork/host/config.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "table/table_file.h"

namespace clipwork::table {

/// A training, or an evaluation of one row with one seed on one data set. Rows and tables whose
/// results depend on the same values share jobs.
struct Job {
  bool trains = false;
  std::string label;               ///< of the first row that needs it: "full, seed 0, fold 1"
  Config config;                   ///< resolved, without the weights of `training`
  std::vector<std::string> lines;  ///< the values that the outcome depends on
  std::optional<size_t> training;  ///< the job whose weights an evaluation uses
  /// Weights to begin with or to evaluate: a file, "initial" or "rule"; empty with `training`.
  std::string weights;
  Origin weights_origin;
  int64_t steps = 0;  ///< of a training
};

/// One value of a row.
struct RowRun {
  std::optional<int64_t> seed;  ///< none where nothing was trained
  size_t data = 0;              ///< place in Edition::data
  size_t evaluation = 0;        ///< place in TablePlan::jobs
};

struct RowPlan {
  const Row* row = nullptr;
  std::string missing;  ///< why the row is shown and not run; empty where it runs
  Config config;        ///< of its inference, on the first data with the first seed
  std::vector<RowRun> runs;
};

struct TablePlan {
  const TableFile* table = nullptr;
  const Edition* edition = nullptr;
  std::vector<int64_t> seeds;
  std::vector<Job> jobs;  ///< trainings before the evaluations that need them
  std::vector<RowPlan> rows;

  const RowPlan* row(const std::string& name) const;
  std::vector<std::string> data_names() const;
  /// A column is a speed or a memory, which depend on what else the machine does.
  bool measures_cost() const;
};

struct PlanOptions {
  Settings set;                               ///< values of every row, from the command line
  std::optional<std::vector<int64_t>> seeds;  ///< instead of the edition's
};

/// Resolves all rows of an edition. Faults are what `clipwork config check` would report of a row,
/// values that change nothing, rows that resolve alike, and values of inference that change the
/// shapes of the weights. `table` outlives the plan.
TablePlan plan_table(const TableFile& table, const Edition& edition, const PlanOptions& options,
                     Faults& faults);

}  // namespace clipwork::table
