// clipwork table

#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/threads.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>

#include "cli/interrupt.h"
#include "cli/options.h"
#include "table/job_minutes.h"
#include "table/table_pages.h"
#include "table/table_plan.h"
#include "table/table_results.h"
#include "table/table_run.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

/// "0,1"
std::vector<int64_t> seeds_of(const std::string& text) {
  std::vector<int64_t> seeds;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    int64_t seed = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seed);
    const bool again = std::ranges::find(seeds, seed) != seeds.end();
    if (error != std::errc() || end != word.data() + word.size() || seed < 0 || again) {
      throw InputError(cat("--seeds: expected different seeds as in 0,1, found '", text, "'"));
    }
    seeds.push_back(seed);
  }
  if (seeds.empty()) throw InputError("--seeds expects numbers, as in 0,1");
  return seeds;
}

/// The editions to plan: the named one, or all.
std::vector<const table::Edition*> editions_of(const table::TableFile& file,
                                               const std::optional<std::string>& name) {
  std::vector<const table::Edition*> editions;
  std::vector<std::string> names;
  for (const table::Edition& one : file.editions) {
    names.push_back(one.name);
    if (!name || one.name == *name) editions.push_back(&one);
  }
  if (name && editions.empty()) {
    throw InputError(cat("the table has no edition '", *name, "'"), file.file.string(),
                     did_you_mean_or(*name, names, "available: " + join_or_nothing(names)));
  }
  return editions;
}

std::string minutes(double seconds) { return cat(fixed(seconds / 60, 1), " minutes"); }

/// The jobs, and their times where these were tried (`seconds` [jobs], or empty).
void print(const table::TablePlan& plan, const std::vector<std::optional<double>>& seconds) {
  std::cout << "edition " << plan.edition->name << ":\n";
  size_t trainings = 0;
  double all = 0;
  for (size_t i = 0; i < plan.jobs.size(); ++i) {
    const table::Job& job = plan.jobs[i];
    trainings += job.trains;
    std::cout << "  " << (job.trains ? "train  " : "eval   ") << job.label;
    if (job.trains) std::cout << ": " << counted(job.steps, "step");
    if (job.training) std::cout << ", with the weights of " << plan.jobs[*job.training].label;
    if (!seconds.empty() && seconds[i]) {
      std::cout << ", " << minutes(*seconds[i]);
      all += *seconds[i];
    }
    std::cout << "\n";
  }
  for (const table::RowPlan& row : plan.rows) {
    if (!row.missing.empty()) {
      std::cout << "  never  " << row.row->name << ": " << row.missing << "\n";
    }
  }
  std::cout << "  " << counted(static_cast<int64_t>(trainings), "training") << ", "
            << counted(static_cast<int64_t>(plan.jobs.size() - trainings), "evaluation");
  if (!seconds.empty()) std::cout << ", about " << minutes(all) << " on one core";
  std::cout << "\n";
}

struct Request {
  std::string file, out = "runs/tables";
  std::optional<std::string> edition, seeds, shard;
  std::optional<int64_t> jobs;
  std::vector<std::string> only;
  bool dry_run = false, report = false;
};

/// False: help was asked for, and printed.
bool parse(Options& options, Request& request, const std::vector<std::string>& arguments) {
  options.argument("TABLE.toml", &request.file, "a table file")
      .option("edition", "NAME", &request.edition,
              "paper or synthetic; needed if the table has both and is to be run")
      .option("out", "DIR", &request.out,
              "the folder of all jobs and pages, also of other tables (default: runs/tables)")
      .option("only", "ROW", &request.only, "only the jobs of this row; repeatable")
      .option("seeds", "N,N,..", &request.seeds, "instead of the edition's seeds")
      .option("jobs", "N", &request.jobs,
              "jobs at a time (default: as many as cores; 1 on a GPU, and if speed or memory is "
              "measured)")
      .option("shard", "I/N", &request.shard,
              "only the I-th of N parts, for machines that do not share --out")
      .flag("dry-run", &request.dry_run,
            "check all rows and print the jobs; with --edition, also their minutes")
      .flag("report", &request.report, "run nothing, write the pages of what is there")
      .device()
      .plugins()
      .example("clipwork table clipwork:tables/novis/fig3.toml --dry-run",
               "checks every row of a table")
      .example("clipwork table my_table.toml --edition synthetic --out runs/tables",
               "runs it, or resumes it; several processes may share the folder");
  if (!options.parse(arguments)) return false;
  if (options.seed()) {
    throw InputError("a table has seeds of its own", "--seed", "use --seeds 0,1");
  }
  if (request.jobs && *request.jobs < 1) throw InputError("--jobs expects a positive number");
  return true;
}

/// The pages' folder: OUT/novis_fig3_synthetic.
std::filesystem::path pages_folder(const Request& request, const table::TablePlan& plan) {
  std::string name = plan.table->file.stem().string();
  if (!plan.table->paper.empty()) name = cat(plan.table->paper, "_", name);
  return std::filesystem::path(request.out) / cat(name, "_", plan.edition->name);
}

int64_t jobs_at_a_time(const table::TablePlan& plan) {
  const bool on_gpu = std::ranges::any_of(plan.jobs, [](const table::Job& job) {
    const Value* device = job.config.find("run.device");
    return device && device->text() && *device->text() != "cpu";
  });
  return on_gpu || plan.measures_cost() ? 1 : automatic_threads();
}

table::RunOptions run_options(const Request& request, const table::TablePlan& plan,
                              const Options& options) {
  table::RunOptions run;
  run.out = request.out;
  run.jobs = request.jobs.value_or(jobs_at_a_time(plan));
  if (request.shard) run.shard = runs::Shard::parse(*request.shard);
  run.only = request.only;
  run.plugin_folders = options.plugin_folders();
  return run;
}

ExitCode report(const Request& request, const table::TablePlan& plan,
                std::vector<table::JobOutcome> jobs) {
  const table::TableResult result = table::join_results(plan, std::move(jobs));
  const std::filesystem::path folder = pages_folder(request, plan);
  table::write_pages(result, folder);
  std::cout << table::markdown_page(result) << "\n"
            << folder.string() << ": table.md, .json, .csv, "
            << ".tex, .html" << (table::svg_page(result).empty() ? "" : ", .svg") << "\n";
  if (result.failed()) return ExitCode::failed;
  if (result.outside() > 0) {
    log(LogLevel::error, cat(counted(static_cast<int64_t>(result.outside()), "cell"),
                             " differs from the paper by more than the edition's tolerance"));
    return ExitCode::check_failed;
  }
  if (plan.edition->expects_direction && result.opposite() > 0) {
    log(LogLevel::error, cat(counted(static_cast<int64_t>(result.opposite()), "difference"),
                             " has the opposite direction of the paper's"));
    return ExitCode::check_failed;
  }
  return ExitCode::done;
}

ExitCode run_table(const Request& request, const table::TablePlan& plan, const Options& options) {
  if (request.report) return report(request, plan, table::look_at_jobs(plan, request.out));
  const table::RunOptions run = run_options(request, plan, options);
  const Interrupt interrupt;
  std::vector<table::JobOutcome> jobs = table::run_jobs(plan, run, Interrupt::requested);
  if (Interrupt::requested()) {
    std::cout << "interrupted: run the same command again to resume\n";
    return ExitCode::interrupted;
  }
  if (run.shard.whole()) return report(request, plan, std::move(jobs));
  std::cout << "shard " << run.shard.text()
            << " is finished; copy the folders `train` and `eval` of "
            << "all shards into one folder and use --report\n";
  const bool failed = std::ranges::any_of(jobs, [](const table::JobOutcome& job) {
    return job.state == table::JobOutcome::State::failed;
  });
  return failed ? ExitCode::failed : ExitCode::done;
}

int run(const std::vector<std::string>& arguments) {
  Options options("clipwork table",
                  "Trains and evaluates the rows of a paper's table from a file, and compares the "
                  "values with the paper's.\n"
                  "Finished jobs are kept: the command resumes a table that was interrupted. Exit "
                  "code 1 if a job failed,\n"
                  "3 if a tolerance or an expected direction does not hold.");
  Request request;
  if (!parse(options, request, arguments)) return 0;
  table::PlanOptions plan_options{options.overrides(), {}};
  if (request.seeds) plan_options.seeds = seeds_of(*request.seeds);
  Registry::instance().load_search_path(options.plugin_folders());
  const table::TableFile file = table::read_table_file(request.file);
  const std::vector<const table::Edition*> editions = editions_of(file, request.edition);
  if (!request.dry_run && editions.size() != 1) {
    throw InputError(editions.empty() ? "the table has no edition, so it cannot be run"
                                      : "the table has several editions",
                     request.file,
                     editions.empty() ? "" : "choose one: --edition paper or --edition synthetic");
  }
  Faults faults;
  std::vector<table::TablePlan> plans;
  for (const table::Edition* one : editions) {
    plans.push_back(table::plan_table(file, *one, plan_options, faults));
  }
  faults.raise();
  if (!request.dry_run) return static_cast<int>(run_table(request, plans.front(), options));
  for (const table::TablePlan& plan : plans) {
    print(plan,
          request.edition ? table::estimate_jobs(plan) : std::vector<std::optional<double>>());
  }
  return 0;
}

}  // namespace

const Verb kTable = {"table", "runs the rows of a paper's table and compares them", run};

}  // namespace clipwork::cli
