// clipwork table

#include <clipwork/error.h>
#include <clipwork/host/registry.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <optional>
#include <sstream>

#include "cli/options.h"
#include "table/table_plan.h"
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

void print(const table::TablePlan& plan) {
  std::cout << "edition " << plan.edition->name << ":\n";
  size_t trainings = 0;
  for (const table::Job& job : plan.jobs) {
    trainings += job.trains;
    std::cout << "  " << (job.trains ? "train  " : "eval   ") << job.label;
    if (job.trains) std::cout << ": " << counted(job.steps, "step");
    if (job.training) std::cout << ", with the weights of " << plan.jobs[*job.training].label;
    std::cout << "\n";
  }
  for (const table::RowPlan& row : plan.rows) {
    if (!row.missing.empty()) {
      std::cout << "  never  " << row.row->name << ": " << row.missing << "\n";
    }
  }
  std::cout << "  " << counted(static_cast<int64_t>(trainings), "training") << ", "
            << counted(static_cast<int64_t>(plan.jobs.size() - trainings), "evaluation") << "\n";
}

int run(const std::vector<std::string>& arguments) {
  std::string file;
  std::optional<std::string> edition, seeds;
  bool dry_run = false;
  Options options("clipwork table", "Runs the rows of a paper's table and compares them with it.");
  options.argument("TABLE.toml", &file, "a table file")
      .option("edition", "NAME", &edition, "paper or synthetic")
      .option("seeds", "N,N,..", &seeds, "instead of the edition's seeds")
      .flag("dry-run", &dry_run, "check all rows and print the jobs")
      .device()
      .plugins();
  if (!options.parse(arguments)) return 0;
  if (options.seed()) throw InputError("--seed has no meaning for tables", {}, "use --seeds");
  Registry::instance().load_search_path(options.plugin_folders());
  const table::TableFile read = table::read_table_file(file);
  table::PlanOptions plan_options{options.overrides(), {}};
  if (seeds) plan_options.seeds = seeds_of(*seeds);
  for (const table::Edition* one : editions_of(read, edition)) {
    print(table::plan_table(read, *one, plan_options));
  }
  return 0;
}

}  // namespace

const Verb kTable = {"table", "runs the rows of a paper's table and compares them", run};

}  // namespace clipwork::cli
