#pragma once
// The values of a table: seeds and data joined, compared with the reference row and the paper.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "table/table_columns.h"
#include "table/table_plan.h"
#include "table/table_run.h"

namespace clipwork::table {

/// The direction of a difference beside the paper's.
enum class Verdict { none, same, opposite, within_spread };
const char* verdict_name(Verdict verdict);  ///< "same", "opposite", "within the spread", ""

/// A row against the reference row in one column.
struct Difference {
  double ours = 0;
  std::optional<double> paper;  ///< infinite where only the direction is stated
  /// Standard deviations of `ours`: over seeds, and over samples of the videos. The larger is the
  /// spread. None with a single seed, and where a measure is not one of videos.
  std::optional<double> seeds, videos;
  Verdict verdict = Verdict::none;

  double spread() const;
};

/// By seed; without a seed where nothing was trained.
using SeedValues = std::map<std::optional<int64_t>, double>;

struct Cell {
  SeedValues values;                ///< means over the data
  std::optional<double> mean;       ///< of `values`; none where there are none
  std::optional<double> deviation;  ///< of `values`; none with less than two
  std::optional<double> paper;
  std::optional<Difference> difference;
  bool outside = false;  ///< further from the paper than the edition tolerates
};

struct RowResult {
  const RowPlan* plan = nullptr;
  std::string problem;      ///< why values are missing: never run, not yet run, or failed
  std::vector<Cell> cells;  ///< [columns]
};

struct TableResult {
  const TablePlan* plan = nullptr;
  std::vector<JobOutcome> jobs;       ///< [TablePlan::jobs]
  std::vector<ColumnKind> columns;    ///< [TableFile::columns]; no path where not measured here
  std::vector<RowResult> rows;        ///< [TablePlan::rows]
  double seconds = 0;                 ///< of all finished jobs
  std::vector<std::string> machines;  ///< that did them, sorted

  bool failed() const;      ///< a job failed
  size_t outside() const;   ///< cells outside of the tolerance
  size_t opposite() const;  ///< verdicts
};

/// Joins the values of all jobs that are done. Reads the results of the videos for the bootstrap of
/// rows with a verdict.
TableResult join_results(const TablePlan& plan, std::vector<JobOutcome> jobs);

/// The mean, and the standard deviation with n - 1 of two values or more.
std::pair<double, std::optional<double>> mean_and_deviation(const std::vector<double>& values);

/// The differences of the seeds that both have; a row without a seed has one value for all.
std::vector<double> paired(const SeedValues& row, const SeedValues& reference);

/// `ours` within `spread` of nothing says nothing; otherwise its sign beside that of `paper`.
Verdict verdict_of(double ours, double paper, double spread);

}  // namespace clipwork::table
