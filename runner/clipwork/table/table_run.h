#pragma once
// The jobs of a table, done by processes that may share a folder with others on other machines.

#include <clipwork/runs/dataset_run.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "table/table_plan.h"

namespace clipwork::table {

struct RunOptions {
  std::filesystem::path out;
  int64_t jobs = 1;               ///< at a time
  runs::Shard shard;              ///< of trainings and what needs them
  std::vector<std::string> only;  ///< names of rows; empty: all
  std::vector<std::string> plugin_folders;
};

/// What came of a job.
struct JobOutcome {
  enum class State { missing, done, failed } state = State::missing;
  std::string reason;            ///< why it failed
  std::filesystem::path folder;  ///< OUT/train/HASH or OUT/eval/HASH
};

/// Looks at the folders of all jobs, and changes nothing.
std::vector<JobOutcome> look_at_jobs(const TablePlan& plan, const std::filesystem::path& out);

/// Does the jobs that nobody has done, and waits for those that others are doing. A job that fails
/// is not tried again, and the others are done without it. Returns early, with what is there, once
/// `stop` says true: then the jobs at hand have saved their work. Throws InputError for unknown
/// rows, and where weights or data are not there.
std::vector<JobOutcome> run_jobs(const TablePlan& plan, const RunOptions& options,
                                 const std::function<bool()>& stop);

/// True if a run with these options is to do the job.
std::vector<bool> wanted_jobs(const TablePlan& plan, const RunOptions& options);

/// The weights that a finished training has in its folder.
std::filesystem::path trained_weights(const Job& job, const std::filesystem::path& folder);

}  // namespace clipwork::table
