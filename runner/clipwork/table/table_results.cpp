#include "table/table_results.h"

#include <clipwork/text.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

#include "table/job_record.h"
#include "table/video_samples.h"

namespace clipwork::table {
namespace {

/// The values of a row in one column, by seed and data.
class Joiner {
 public:
  explicit Joiner(TableResult& result)
      : result_(result), plan_(*result.plan), samples_(plan_, result.jobs) {}

  void join() {
    for (const std::string& column : plan_.table->columns) result_.columns.push_back(kind(column));
    for (const RowPlan& row : plan_.rows) result_.rows.push_back(values_of(row));
    const RowResult* reference = nullptr;
    for (const RowResult& row : result_.rows) {
      if (row.plan->row->name == plan_.table->reference) reference = &row;
    }
    for (RowResult& row : result_.rows) {
      if (reference && &row != reference) compare(row, *reference);
    }
    add_costs();
  }

 private:
  TableResult& result_;
  const TablePlan& plan_;
  VideoSamples samples_;

  DataColumn split(const std::string& column) const {
    return split_column(column, plan_.data_names());
  }

  /// Columns of the data of another edition are empty here.
  ColumnKind kind(const std::string& column) const {
    const ColumnKind* known = find_column(split(column).measure);
    return known ? *known : ColumnKind();
  }

  bool takes(const std::string& column, size_t data) const {
    const std::string name = split(column).data;
    return name.empty() || plan_.edition->data[data].name == name;
  }

  std::optional<double> value_of(const RowRun& run, const ColumnKind& column) const {
    const Job& job = plan_.jobs[run.evaluation];
    if (column.source == ColumnSource::training) {
      if (!job.training || result_.jobs[*job.training].state != JobOutcome::State::done) return {};
      constexpr double kMinute = 60;
      return seconds_of(plan_.jobs[*job.training], result_.jobs[*job.training].folder) / kMinute;
    }
    const JobOutcome& outcome = result_.jobs[run.evaluation];
    if (outcome.state != JobOutcome::State::done) return {};
    return measured(outcome.folder, column);
  }

  RowResult values_of(const RowPlan& row) {
    RowResult result{&row, row.missing, {}};
    for (size_t c = 0; c < result_.columns.size(); ++c) {
      const std::string& column = plan_.table->columns[c];
      Cell cell;
      const bool measured_here =
          !result_.columns[c].path.empty() || result_.columns[c].source == ColumnSource::training;
      // A seed counts where all of its data are there.
      std::map<std::optional<int64_t>, std::vector<std::optional<double>>> by_seed;
      for (const RowRun& run : row.runs) {
        if (!measured_here || !takes(column, run.data)) continue;
        by_seed[run.seed].push_back(value_of(run, result_.columns[c]));
      }
      for (const auto& [seed, values] : by_seed) {
        double sum = 0;
        bool whole = true;
        for (const std::optional<double>& value : values) {
          whole = whole && value;
          sum += value.value_or(0);
        }
        if (whole) cell.values[seed] = sum / static_cast<double>(values.size());
      }
      if (!cell.values.empty()) {
        std::vector<double> values;
        for (const auto& [seed, value] : cell.values) values.push_back(value);
        const auto [mean, deviation] = mean_and_deviation(values);
        cell.mean = mean;
        cell.deviation = deviation;
      }
      if (const auto paper = row.row->paper.find(column); paper != row.row->paper.end()) {
        cell.paper = paper->second;
      }
      const auto tolerance = plan_.edition->tolerance.find(column);
      cell.outside = tolerance != plan_.edition->tolerance.end() && cell.mean && cell.paper &&
                     std::abs(*cell.mean - *cell.paper) > tolerance->second;
      result.cells.push_back(std::move(cell));
    }
    if (result.problem.empty()) result.problem = problem_of(row);
    return result;
  }

  std::string problem_of(const RowPlan& row) const {
    size_t missing = 0;
    for (const RowRun& run : row.runs) {
      const JobOutcome& outcome = result_.jobs[run.evaluation];
      const auto& training = plan_.jobs[run.evaluation].training;
      for (const JobOutcome* one : {training ? &result_.jobs[*training] : &outcome, &outcome}) {
        if (one->state == JobOutcome::State::failed) return cat("failed: ", one->reason);
      }
      missing += outcome.state == JobOutcome::State::missing;
    }
    if (missing == 0) return unscored(row);
    return missing == row.runs.size() ? "not run yet"
                                      : cat(missing, " of ", row.runs.size(), " runs are missing");
  }

  /// Of data without annotations there is only a file for a server.
  std::string unscored(const RowPlan& row) const {
    for (const RowRun& run : row.runs) {
      const std::filesystem::path& folder = result_.jobs[run.evaluation].folder;
      if (std::filesystem::exists(folder / "metrics.json")) continue;
      return cat("the data has no annotations; a server scores eval/", folder.filename().string(),
                 "/submission.zip");
    }
    return {};
  }

  void compare(RowResult& row, const RowResult& reference) {
    for (size_t c = 0; c < row.cells.size(); ++c) {
      Cell& cell = row.cells[c];
      const Cell& other = reference.cells[c];
      const std::string& column = plan_.table->columns[c];
      const std::vector<double> differences = paired(cell.values, other.values);
      if (differences.empty()) continue;
      Difference difference;
      std::tie(difference.ours, difference.seeds) = mean_and_deviation(differences);
      const auto claim = row.plan->row->claim.find(column);
      if (claim != row.plan->row->claim.end()) {
        difference.paper = claim->second;
      } else if (cell.paper && other.paper) {
        difference.paper = *cell.paper - *other.paper;
      }
      difference.videos = deviation_over_videos(row, reference, column);
      if (difference.paper) {
        difference.verdict = verdict_of(difference.ours, *difference.paper, difference.spread());
      }
      cell.difference = difference;
    }
  }

  /// The standard deviation of the difference over samples of the videos, the same for both rows.
  std::optional<double> deviation_over_videos(const RowResult& row, const RowResult& reference,
                                              const std::string& column) {
    std::vector<double> sums(VideoSamples::kSamples, 0);
    double count = 0;
    for (const RowRun& run : row.plan->runs) {
      if (!takes(column, run.data)) continue;
      for (const RowRun& other : reference.plan->runs) {
        const bool same_seed = !run.seed || !other.seed || run.seed == other.seed;
        if (run.data != other.data || !same_seed) continue;
        const std::vector<double>& here = samples_.values(run.evaluation, split(column).measure);
        const std::vector<double>& there = samples_.values(other.evaluation, split(column).measure);
        if (here.empty() || there.empty()) return {};
        for (size_t i = 0; i < sums.size(); ++i) sums[i] += here[i] - there[i];
        ++count;
      }
    }
    if (count == 0) return {};
    for (double& sum : sums) sum /= count;
    // A sample without objects has no measure.
    std::erase_if(sums, [](double value) { return !std::isfinite(value); });
    return mean_and_deviation(sums).second;
  }

  void add_costs() {
    std::set<std::string> machines;
    for (size_t i = 0; i < plan_.jobs.size(); ++i) {
      if (result_.jobs[i].state != JobOutcome::State::done) continue;
      result_.seconds += seconds_of(plan_.jobs[i], result_.jobs[i].folder);
      machines.insert(machine_of(result_.jobs[i].folder));
    }
    machines.erase("");
    result_.machines.assign(machines.begin(), machines.end());
  }
};

}  // namespace

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::same:
      return "same";
    case Verdict::opposite:
      return "opposite";
    case Verdict::within_spread:
      return "within the spread";
    case Verdict::none:
      break;
  }
  return "";
}

double Difference::spread() const { return std::max(seeds.value_or(0), videos.value_or(0)); }

bool TableResult::failed() const {
  return std::ranges::any_of(
      jobs, [](const JobOutcome& job) { return job.state == JobOutcome::State::failed; });
}

size_t TableResult::outside() const {
  size_t count = 0;
  for (const RowResult& row : rows)
    count += static_cast<size_t>(std::ranges::count(row.cells, true, &Cell::outside));
  return count;
}

size_t TableResult::opposite() const {
  size_t count = 0;
  for (const RowResult& row : rows) {
    for (const Cell& cell : row.cells) {
      count += cell.difference && cell.difference->verdict == Verdict::opposite;
    }
  }
  return count;
}

std::pair<double, std::optional<double>> mean_and_deviation(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  if (values.size() < 2) return {mean, {}};
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / (count - 1))};
}

std::vector<double> paired(const SeedValues& row, const SeedValues& reference) {
  std::vector<double> differences;
  for (const auto& [seed, value] : row) {
    for (const auto& [other, theirs] : reference) {
      if (!seed || !other || seed == other) differences.push_back(value - theirs);
    }
  }
  return differences;
}

Verdict verdict_of(double ours, double paper, double spread) {
  if (paper == 0) return Verdict::none;
  if (std::abs(ours) <= spread) return Verdict::within_spread;
  return (ours > 0) == (paper > 0) ? Verdict::same : Verdict::opposite;
}

TableResult join_results(const TablePlan& plan, std::vector<JobOutcome> jobs) {
  TableResult result;
  result.plan = &plan;
  result.jobs = std::move(jobs);
  Joiner(result).join();
  return result;
}

}  // namespace clipwork::table
