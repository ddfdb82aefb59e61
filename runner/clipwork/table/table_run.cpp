#include "table/table_run.h"

#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/checkpoint_store.h>
#include <clipwork/host/clock.h>
#include <clipwork/host/log.h>
#include <clipwork/host/progress.h>
#include <clipwork/output_file.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "data/split_data.h"
#include "show/run_folder.h"
#include "table/child_process.h"
#include "table/job_hash.h"
#include "table/job_lock.h"
#include "table/job_record.h"
#include "table/table_columns.h"

namespace clipwork::table {
namespace fs = std::filesystem;
namespace {

constexpr const char *kConfigFile = "job.toml", *kLogFile = "log.txt", *kFailureFile = "failed.txt";
constexpr double kRenewSeconds = 30;

/// The last error in what a job printed.
std::string last_error(const fs::path& log) {
  std::ifstream stream(log);
  std::string found, line;
  while (std::getline(stream, line)) {
    constexpr std::string_view kMark = "error: ";
    if (const size_t at = line.find(kMark); at != line.npos) found = line.substr(at + kMark.size());
  }
  return found;
}

/// The reason why a job failed, with the time at which that was; empty where it did not fail.
struct Failure {
  std::string reason;
  fs::file_time_type time;
  bool operator==(const Failure&) const = default;
};

Failure failure_in(const fs::path& folder) {
  Failure failure;
  std::ifstream stream(folder / kFailureFile);
  if (std::getline(stream, failure.reason)) {
    std::error_code gone;
    failure.time = fs::last_write_time(folder / kFailureFile, gone);
  }
  return failure;
}

/// The options of `clipwork eval` by which all columns of a table are measured.
std::set<std::string> score_options(const TablePlan& plan) {
  std::set<std::string> options;
  for (const std::string& column : plan.table->columns) {
    // A column may be one of the data of another edition.
    const ColumnKind* kind = find_column(split_column(column, plan.data_names()).measure);
    if (kind) options.insert(kind->option);
  }
  options.erase("");
  return options;
}

class TableJobs {
 public:
  TableJobs(const TablePlan& plan, const fs::path& out)
      : plan_(plan), options_(score_options(plan)) {
    const std::vector<std::string> hashes = job_hashes(plan);
    for (size_t i = 0; i < hashes.size(); ++i) {
      const fs::path folder = out / (plan.jobs[i].trains ? "train" : "eval") / hashes[i];
      outcomes_.push_back({JobOutcome::State::missing, {}, folder});
    }
  }

  size_t size() const { return outcomes_.size(); }
  const Job& job(size_t i) const { return plan_.jobs[i]; }
  const fs::path& folder(size_t i) const { return outcomes_[i].folder; }
  JobOutcome& outcome(size_t i) { return outcomes_[i]; }
  std::vector<JobOutcome> outcomes() const { return outcomes_; }
  /// Of `clipwork eval`: the options that its columns need, and those of other tables that it was
  /// measured with before.
  std::set<std::string> options_of(size_t i) const {
    std::set<std::string> all = options_;
    for (const std::string& option : measured_options(folder(i))) all.insert(option);
    return all;
  }

  bool is_done(size_t i) const {
    if (!is_complete(folder(i))) return false;
    std::error_code failed;
    if (job(i).trains) return fs::exists(trained_weights(job(i), folder(i)), failed);
    // Without annotations there is nothing to measure, only a file for a server.
    if (!fs::exists(folder(i) / "metrics.json", failed)) return true;
    const std::vector<std::string> there = measured_options(folder(i));
    return std::ranges::all_of(options_, [&](const std::string& option) {
      return std::ranges::find(there, option) != there.end();
    });
  }

  void look(size_t i) {
    JobOutcome& outcome = outcomes_[i];
    if (outcome.state != JobOutcome::State::missing) return;
    if (is_done(i)) {
      outcome.state = JobOutcome::State::done;
    } else if (const Failure failure = failure_in(folder(i)); !failure.reason.empty()) {
      outcome.state = JobOutcome::State::failed;
      outcome.reason = failure.reason;
    }
  }

 private:
  const TablePlan& plan_;
  std::set<std::string> options_;
  std::vector<JobOutcome> outcomes_;
};

/// A job at hand.
struct Running {
  size_t job;
  JobLock lock;
  std::unique_ptr<ChildProcess> process;
  double renewed;
};

class Runner {
 public:
  Runner(const TablePlan& plan, const RunOptions& options, const std::function<bool()>& stop)
      : options_(options),
        stop_(stop),
        budget_mb_(plan.edition->budget_mb),
        wanted_(wanted_jobs(plan, options)),
        jobs_(plan, options.out) {}

  std::vector<JobOutcome> run() {
    begin();
    const auto wanted = static_cast<int64_t>(std::ranges::count(wanted_, true));
    Progress progress("jobs", wanted, settled());
    int64_t shown = settled();
    // Folders may be far away: they are looked at when a place is free, and not all the time.
    constexpr double kLookSeconds = 1;
    double looked = 0;
    while (!stopping() || !running_.empty()) {
      if (collect() || wall_seconds() - looked > kLookSeconds) {
        looked = wall_seconds();
        look_at_others();
        if (!stopping()) start();
      }
      progress.remark(remark(wanted));
      progress.advance(settled() - shown);
      shown = settled();
      if (running_.empty() && settled() == wanted) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    progress.finish();
    return jobs_.outcomes();
  }

 private:
  const RunOptions& options_;
  const std::function<bool()>& stop_;
  const int64_t budget_mb_;
  const std::vector<bool> wanted_;
  TableJobs jobs_;
  std::list<Running> running_;
  std::vector<Failure> failures_before_;  ///< are tried once more
  std::vector<std::string> elsewhere_;    ///< who has the others
  bool interrupted_ = false;

  bool stopping() {
    if (!interrupted_ && stop_ && stop_()) {
      interrupted_ = true;
      for (Running& one : running_) one.process->interrupt();
    }
    return interrupted_;
  }

  void begin() {
    for (size_t i = 0; i < jobs_.size(); ++i) {
      fs::create_directories(jobs_.folder(i).parent_path());
      failures_before_.push_back(failure_in(jobs_.folder(i)));
      if (jobs_.is_done(i)) jobs_.outcome(i).state = JobOutcome::State::done;
    }
  }

  /// True if another process has tried the job since this one began.
  bool has_failed_since(size_t i) const {
    const Failure failure = failure_in(jobs_.folder(i));
    return !failure.reason.empty() && failure != failures_before_[i];
  }

  int64_t settled() {
    int64_t count = 0;
    for (size_t i = 0; i < jobs_.size(); ++i) {
      count += wanted_[i] && jobs_.outcome(i).state != JobOutcome::State::missing;
    }
    return count;
  }

  /// What other processes have finished, and what cannot be done without a training that failed.
  void look_at_others() {
    for (size_t i = 0; i < jobs_.size(); ++i) {
      const bool ours = std::ranges::any_of(running_, [&](const Running& r) { return r.job == i; });
      if (ours || !wanted_[i]) continue;
      if (has_failed_since(i) || jobs_.is_done(i)) jobs_.look(i);
      const std::optional<size_t>& training = jobs_.job(i).training;
      if (!training || jobs_.outcome(*training).state != JobOutcome::State::failed) continue;
      jobs_.outcome(i).state = JobOutcome::State::failed;
      jobs_.outcome(i).reason = cat("its training failed: ", jobs_.outcome(*training).reason);
    }
  }

  bool is_ready(size_t i) {
    if (!wanted_[i] || jobs_.outcome(i).state != JobOutcome::State::missing) return false;
    if (std::ranges::any_of(running_, [&](const Running& one) { return one.job == i; }))
      return false;
    const std::optional<size_t>& training = jobs_.job(i).training;
    return !training || jobs_.is_done(*training);
  }

  void start() {
    elsewhere_.clear();
    for (size_t i = 0; i < jobs_.size(); ++i) {
      if (static_cast<int64_t>(running_.size()) >= options_.jobs) return;
      if (!is_ready(i)) continue;
      fs::create_directories(jobs_.folder(i));
      std::optional<JobLock> lock = JobLock::take(jobs_.folder(i));
      if (!lock) {
        elsewhere_.push_back(cat(jobs_.job(i).label, " (", JobLock::holder(jobs_.folder(i)), ")"));
        continue;
      }
      // Another process may have finished it, or failed, a moment ago.
      if (jobs_.is_done(i) || has_failed_since(i)) continue;
      launch(i, std::move(*lock));
    }
  }

  void launch(size_t i, JobLock lock) {
    const Job& job = jobs_.job(i);
    const fs::path& folder = jobs_.folder(i);
    fs::remove(folder / kFailureFile);
    failures_before_[i] = {};
    write_file(folder / kConfigFile, config_of(job).toml());
    std::vector<std::string> words = {job.trains ? "train" : "eval",
                                      (folder / kConfigFile).string(), "--out", folder.string()};
    if (job.trains) {
      // Begun, and with something to go on from; otherwise what is there is worth nothing.
      if (CheckpointStore(folder / kCheckpointsFolder).newest()) {
        words.emplace_back("--resume");
      } else {
        runs::RunFolder::clear(folder);
      }
    } else {
      for (const std::string& option : jobs_.options_of(i)) {
        words.push_back(option);
        if (option == kLongestVideoOption) words.push_back(std::to_string(budget_mb_));
      }
    }
    for (const std::string& plugins : options_.plugin_folders) {
      words.insert(words.end(), {"--plugin-path", plugins});
    }
    log_info(job.trains ? "training " : "evaluating ", job.label, " in ", folder.string());
    auto process = std::make_unique<ChildProcess>(words, folder / kLogFile);
    running_.push_back({i, std::move(lock), std::move(process), wall_seconds()});
  }

  /// As the job's own process is to load it, from any folder.
  Config config_of(const Job& job) {
    const std::string weights =
        job.training
            ? trained_weights(jobs_.job(*job.training), jobs_.folder(*job.training)).string()
            : job.weights;
    const bool made = weights == "rule" || weights == "initial";
    Value tree = runs::with_absolute_data(job.config).tree();
    tree.set("weights.file", Value(made ? weights : fs::absolute(weights).string(), {"table"}));
    return Config(tree, job.config.files());
  }

  /// True where a job has ended.
  bool collect() {
    bool ended = false;
    for (auto one = running_.begin(); one != running_.end();) {
      if (const std::optional<int> code = one->process->poll()) {
        settle(*one, *code);
        one = running_.erase(one);
        ended = true;
        continue;
      }
      if (wall_seconds() - one->renewed > kRenewSeconds) {
        one->renewed = wall_seconds();
        if (!one->lock.renew()) {
          log_warn(jobs_.job(one->job).label, ": another process has taken this job over");
          one = running_.erase(one);
          continue;
        }
      }
      ++one;
    }
    return ended;
  }

  void settle(const Running& one, int code) {
    const Job& job = jobs_.job(one.job);
    JobOutcome& outcome = jobs_.outcome(one.job);
    if (code == static_cast<int>(ExitCode::interrupted)) return;
    if (code == 0 && jobs_.is_done(one.job)) {
      write_record(job, outcome.folder);
      outcome.state = JobOutcome::State::done;
      return;
    }
    const std::string said = last_error(outcome.folder / kLogFile);
    constexpr int kSignals = 128;
    outcome.state = JobOutcome::State::failed;
    outcome.reason = code > kSignals ? cat("it was ended by signal ", code - kSignals)
                     : code == 0     ? "it ended without the measures of the table's columns"
                     : said.empty()  ? cat("it ended with exit code ", code)
                                     : said;
    write_file(outcome.folder / kFailureFile, outcome.reason + "\n");
    log(LogLevel::error, cat(job.trains ? "training " : "evaluation ", job.label, " failed: ",
                             outcome.reason, "; see ", (outcome.folder / kLogFile).string()));
  }

  std::string remark(int64_t wanted) {
    std::vector<std::string> ours;
    for (const Running& one : running_) {
      const Job& job = jobs_.job(one.job);
      ours.push_back(cat(job.trains ? "train " : "eval ", job.label));
    }
    const auto others = static_cast<int64_t>(elsewhere_.size());
    const int64_t left = wanted - settled() - static_cast<int64_t>(running_.size()) - others;
    std::string text = cat(running_.size(), " running");
    if (!ours.empty()) text += cat(" (", join(ours, "; "), ")");
    if (others > 0) text += cat(", ", others, " elsewhere");
    return cat(text, ", ", left, " waiting");
  }
};

}  // namespace

fs::path trained_weights(const Job& job, const fs::path& folder) {
  return folder / kCheckpointsFolder / CheckpointStore::name(job.steps) / kModelFile;
}

std::vector<bool> wanted_jobs(const TablePlan& plan, const RunOptions& options) {
  std::vector<std::string> names;
  for (const RowPlan& row : plan.rows) names.push_back(row.row->name);
  for (const std::string& name : options.only) {
    if (plan.row(name)) continue;
    throw InputError(cat("there is no row '", name, "'"), "--only",
                     did_you_mean_or(name, names, "rows: " + join(names)));
  }
  std::vector<bool> wanted(plan.jobs.size(), false);
  for (const RowPlan& row : plan.rows) {
    const bool chosen = options.only.empty() ||
                        std::ranges::find(options.only, row.row->name) != options.only.end();
    for (const RowRun& run : row.runs) {
      if (!chosen) continue;
      wanted[run.evaluation] = true;
      if (const auto& training = plan.jobs[run.evaluation].training) wanted[*training] = true;
    }
  }
  if (options.shard.whole()) return wanted;
  // Jobs that need a training go with it: machines of a shard do not share a folder.
  std::vector<int64_t> shard(plan.jobs.size());
  int64_t next = 0;
  for (size_t i = 0; i < plan.jobs.size(); ++i) {
    if (!wanted[i]) continue;
    const auto& training = plan.jobs[i].training;
    shard[i] = training ? shard[*training] : next++ % options.shard.count + 1;
    wanted[i] = shard[i] == options.shard.index;
  }
  return wanted;
}

std::vector<JobOutcome> look_at_jobs(const TablePlan& plan, const fs::path& out) {
  TableJobs jobs(plan, out);
  for (size_t i = 0; i < jobs.size(); ++i) jobs.look(i);
  return jobs.outcomes();
}

std::vector<JobOutcome> run_jobs(const TablePlan& plan, const RunOptions& options,
                                 const std::function<bool()>& stop) {
  return Runner(plan, options, stop).run();
}

}  // namespace clipwork::table
