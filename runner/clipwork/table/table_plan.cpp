#include "table/table_plan.h"

#include <clipwork/error.h>
#include <clipwork/host/config_layers.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/host/plan.h>
#include <clipwork/text.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "run/deciding_values.h"
#include "table/weight_shapes.h"
#include "train/training_facts.h"

namespace clipwork::table {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kInstalled = "clipwork:";

/// A config's name as `load_layers` takes it from any folder.
std::string config_name(const Value& name) {
  const std::string& text = *name.text();
  if (text.starts_with(kInstalled)) return text;
  return (fs::path(name.origin().file).parent_path() / text).string();
}

/// The file of weights, as a full path where it is there.
std::string weights_name(const Value& name) {
  const std::string& text = *name.text();
  if (text == "rule" || text == "initial") return text;
  const fs::path file = text.starts_with(kInstalled)
                            ? installed_configs() / text.substr(kInstalled.size())
                            : fs::path(located_data(name));
  std::error_code failed;
  return fs::exists(file, failed) ? fs::absolute(file).lexically_normal().string() : file.string();
}

std::string path_of(const Override& setting) {
  return setting.text.substr(0, setting.text.find('='));
}

/// The first value that is given.
const Value& first_of(std::initializer_list<const Value*> values) {
  for (const Value* value : values) {
    if (!value->is_none()) return *value;
  }
  return **std::rbegin(values);
}

/// The files and settings that a config is made of.
struct Recipe {
  std::vector<std::string> files;
  Origin base;  ///< the place that names the first file
  Settings settings;

  Recipe with(const Settings& more) const {
    Recipe recipe = *this;
    recipe.settings.insert(recipe.settings.end(), more.begin(), more.end());
    return recipe;
  }
};

class Planner {
 public:
  Planner(const TableFile& table, const Edition& edition, const PlanOptions& options,
          Faults& faults)
      : table_(table),
        edition_(edition),
        options_(options),
        faults_(faults),
        before_(faults.size()) {
    plan_.table = &table;
    plan_.edition = &edition;
    plan_.seeds = options.seeds.value_or(edition.seeds);
  }

  TablePlan plan() {
    plan_.rows.reserve(table_.rows.size());
    for (const Row& row : table_.rows) plan_.rows.push_back(planned(row));
    // What follows from a fault of a row is not reported, and its model cannot be built.
    if (faults_.size() == before_) check_different();
    if (faults_.size() == before_) check_shapes();
    put_trainings_first();
    return std::move(plan_);
  }

 private:
  const TableFile& table_;
  const Edition& edition_;
  const PlanOptions& options_;
  Faults& faults_;
  const size_t before_;  ///< faults of other editions
  TablePlan plan_;
  std::map<std::string, std::optional<Plan>> plans_;  ///< by files and settings
  std::map<std::string, size_t> known_;               ///< jobs by what they depend on
  struct ShapeCheck {
    size_t job;
    const Row* row;
  };
  std::vector<ShapeCheck> shape_checks_;
  WeightShapes shapes_;

  /// The row whose training `row` uses: itself, where it shares none.
  const Row& trained(const Row& row) const {
    const Row* at = &row;
    while (!at->weights.is_none()) at = table_.row(*at->weights.text());
    return *at;
  }

  std::string reason_missing(const Row& row) const {
    if (!row.ours) return row.missing.empty() ? "not a method of Clipwork" : row.missing;
    const std::string& own = row.in(edition_.name).missing;
    if (!own.empty()) return own;
    if (!row.missing.empty()) return row.missing;
    const Row& trained_row = trained(row);
    if (&trained_row == &row) return {};
    const std::string why = reason_missing(trained_row);
    return why.empty() ? why : cat("shares the training of '", trained_row.name, "': ", why);
  }

  /// The weights that a row has without a training, or none.
  const Value& given_weights(const Row& trained_row) const {
    const RowEdition& own = trained_row.in(edition_.name);
    if (!own.start.is_none()) return own.weights_file;
    return first_of({&own.weights_file, &edition_.weights});
  }

  Recipe base_of(const Row& row, const TableData& data) const {
    const Row& source = trained(row);
    const RowEdition &own = row.in(edition_.name), &other = source.in(edition_.name);
    Recipe recipe;
    const Value& base = first_of({&own.base, &other.base, &edition_.base});
    if (base.is_none()) return recipe;
    recipe.base = base.origin();
    recipe.files.push_back(config_name(base));
    const Value& overlay = first_of({&own.overlay, &row.overlay, &other.overlay, &source.overlay});
    if (!overlay.is_none()) recipe.files.push_back(config_name(overlay));
    recipe.settings = edition_.set;
    return recipe.with(data.set).with(options_.set);
  }

  /// The plan of a config; none, with faults that name the row, where it cannot be.
  const std::optional<Plan>& resolved(const Row& row, const Recipe& recipe, bool trains) {
    std::string key = cat(trains, "\n", join(recipe.files, "\n"));
    for (const Override& one : recipe.settings) key += "\n" + one.text;
    const auto [known, is_new] = plans_.try_emplace(key);
    if (is_new) known->second = resolve(row, recipe, trains);
    return known->second;
  }

  std::optional<Plan> resolve(const Row& row, const Recipe& recipe, bool trains) {
    Faults found;
    const std::optional<Config> config = load_layers(recipe.files, recipe.settings, found);
    std::optional<Plan> plan;
    if (config) {
      plan = plan_pipeline(*config);
      found.add(trains ? plan->faults_for_training() : plan->faults);
    }
    for (const Faults::Fault& fault : found.sorted()) {
      // A fault of the table itself has its place there; others are found in the files of a config.
      const bool here = fault.origin.file.starts_with(table_.file.string());
      const Origin origin = fault.origin.file.empty() ? recipe.base : fault.origin;
      faults_.add(origin,
                  here ? fault.problem
                       : cat("row '", row.name, "' as ", trains ? "training" : "inference", ": ",
                             fault.problem),
                  fault.advice);
    }
    return found.empty() ? std::move(plan) : std::nullopt;
  }

  /// True if the recipe without its setting `place` resolves to the same values.
  static bool is_idle(const Recipe& recipe, size_t place, const Config& resolved) {
    Recipe without = recipe;
    without.settings.erase(without.settings.begin() + static_cast<std::ptrdiff_t>(place));
    Faults ignored;
    const std::optional<Config> config = load_layers(without.files, without.settings, ignored);
    if (!config || !ignored.empty()) return false;
    const Plan plan = plan_pipeline(*config);
    return plan.faults.empty() && plan.resolved.tree() == resolved.tree();
  }

  /// Reports those of a row's values that change nothing. They stand from place `first` on.
  void check_effect(const Row& row, const Recipe& recipe, size_t first, const Settings& checked,
                    const Plan& plan) {
    for (size_t i = 0; i < checked.size(); ++i) {
      if (!is_idle(recipe, first + i, plan.resolved)) continue;
      faults_.add(
          {checked[i].option},
          cat("row '", row.name, "': '", checked[i].text, "' changes nothing in edition '",
              edition_.name, "'"),
          cat("the base already resolves ", path_of(checked[i]), " to this value; remove it"));
    }
  }

  RowPlan planned(const Row& row) {
    RowPlan planned{&row, reason_missing(row), {}, {}};
    if (!planned.missing.empty()) return planned;
    for (size_t data = 0; data < edition_.data.size(); ++data) plan_runs(planned, data);
    return planned;
  }

  void plan_runs(RowPlan& planned, size_t data) {
    const Row& row = *planned.row;
    const Row& source = trained(row);
    const RowEdition &own = row.in(edition_.name), &other = source.in(edition_.name);
    const TableData& on = edition_.data[data];
    const Recipe base = base_of(source, on);
    if (base.files.empty()) {
      faults_.add(row.origin,
                  cat("row '", row.name, "' has no base in edition '", edition_.name, "'"),
                  cat("write base = \"clipwork:NAME\" below [edition.", edition_.name, "]"));
      return;
    }
    Settings train = source.train;
    train.insert(train.end(), other.train.begin(), other.train.end());
    const Value& given = given_weights(source);
    const Recipe training = base.with(train);
    const std::optional<Plan>& as_training = resolved(source, training, true);
    if (!as_training) return;

    Settings eval = row.eval;
    eval.insert(eval.end(), own.eval.begin(), own.eval.end());
    const Recipe inherited = base_of(row, on).with(train);
    const Recipe inference = inherited.with(eval).with(row.grid);
    const std::optional<Plan>& as_inference = resolved(row, inference, false);
    if (!as_inference) return;

    if (data == 0) {
      planned.config = as_inference->resolved;
      if (&source == &row) {
        check_effect(row, training, base.settings.size(), train, *as_training);
      }
      check_effect(row, inference, inherited.settings.size(), eval, *as_inference);
    }
    if (!as_inference->resolved.find("data.eval")) {
      faults_.add(row.origin, cat("row '", row.name, "' has no [data.eval] to be evaluated on"));
      return;
    }
    if (given.is_none()) {
      add_trained_runs(planned, source, data, *as_training, *as_inference);
    } else {
      const size_t job =
          add_evaluation(row, on, {}, *as_inference, {}, weights_name(given), given.origin());
      planned.runs.push_back({{}, data, job});
    }
  }

  void add_trained_runs(RowPlan& planned, const Row& source, size_t data, const Plan& as_training,
                        const Plan& as_inference) {
    const Row& row = *planned.row;
    const Config& config = as_training.resolved;
    if (!config.find("loss") || !config.find("data.train") || as_training.train.steps < 1) {
      faults_.add(source.origin,
                  cat("row '", source.name, "' is to be trained in edition '", edition_.name,
                      "', but its config has no ",
                      !config.find("loss")         ? "[loss]"
                      : !config.find("data.train") ? "[data.train]"
                                                   : "train.steps"),
                  "give the edition 'weights', or the row 'weights_file'");
      return;
    }
    const Value& start = first_of({&source.in(edition_.name).start, &edition_.start});
    std::string weights;
    Origin place = source.origin;
    if (!start.is_none()) {
      weights = weights_name(start);
      place = start.origin();
    } else if (const Value* file = config.find("weights.file"); file && file->text()) {
      weights = *file->text() == "" ? "" : weights_name(*file);
    }
    if (weights.empty()) {
      faults_.add(source.origin,
                  cat("row '", source.name, "' is to be trained in edition '", edition_.name,
                      "', but there are no weights to begin with"),
                  "write start = \"FILE\", or start = \"initial\"");
      return;
    }
    const std::vector<int64_t> seeds = plan_.seeds.empty() ? std::vector<int64_t>{0} : plan_.seeds;
    for (const int64_t seed : seeds) {
      const size_t training =
          add_training(source, edition_.data[data], seed, as_training, weights, place);
      const size_t job =
          add_evaluation(row, edition_.data[data], seed, as_inference, training, {}, {});
      planned.runs.push_back({seed, data, job});
    }
  }

  static std::string label(const Row& row, const TableData& data, std::optional<int64_t> seed) {
    std::string text = row.name;
    if (seed) text += cat(", seed ", *seed);
    if (!data.name.empty()) text += ", " + data.name;
    return text;
  }

  /// A config that runs on one thread, unless it says otherwise: several jobs share a machine, and
  /// results must not depend on its cores.
  static Config prepared(const Config& config, std::optional<int64_t> seed) {
    Value tree = config.tree();
    const Value* threads = tree.find("run.threads");
    if (!threads || !threads->integer() || *threads->integer() == 0) {
      tree.set("run.threads", Value(1, {"table"}));
    }
    if (seed) tree.set("run.seed", Value(*seed, {"table"}));
    return Config(tree, config.files());
  }

  size_t added(Job job, const std::string& more) {
    const std::string key = cat(job.trains, "\n", join(job.lines, "\n"), "\n", more);
    const auto [known, is_new] = known_.emplace(key, plan_.jobs.size());
    if (is_new) plan_.jobs.push_back(std::move(job));
    return known->second;
  }

  size_t add_training(const Row& row, const TableData& data, int64_t seed, const Plan& plan,
                      const std::string& weights, const Origin& place) {
    Job job;
    job.trains = true;
    job.label = label(row, data, seed);
    job.config = prepared(plan.resolved, seed);
    job.lines = runs::value_lines(job.config, [](std::string_view path) {
      return runs::affects_training(path) || is_below(path, "weights.allow_missing");
    });
    job.weights = weights;
    job.weights_origin = place;
    job.steps = plan.train.steps;
    return added(std::move(job), weights);
  }

  size_t add_evaluation(const Row& row, const TableData& data, std::optional<int64_t> seed,
                        const Plan& plan, std::optional<size_t> training,
                        const std::string& weights, const Origin& place) {
    Job job;
    job.label = label(row, data, seed);
    job.config = prepared(plan.resolved, seed);
    job.lines =
        runs::value_lines(job.config, plan_.measures_cost() ? affects_cost : affects_evaluation);
    if (edition_.budget_mb > 0) job.lines.push_back(cat("budget_mb = ", edition_.budget_mb));
    job.training = training;
    job.weights = weights;
    job.weights_origin = place;
    const size_t place_of = added(std::move(job), training ? cat("job ", *training) : weights);
    shape_checks_.push_back({place_of, &row});
    return place_of;
  }

  static bool affects_evaluation(std::string_view path) {
    return runs::affects_results(path) || is_below(path, "data.eval");
  }
  /// Speed and memory depend on values that results do not depend on.
  static bool affects_cost(std::string_view path) {
    return affects_evaluation(path) || is_below(path, "memory") || is_below(path, "run");
  }

  void check_different() {
    std::map<std::vector<size_t>, const Row*> seen;
    for (const RowPlan& one : plan_.rows) {
      if (one.runs.empty()) continue;
      std::vector<size_t> jobs;
      for (const RowRun& run : one.runs) jobs.push_back(run.evaluation);
      const auto [known, is_new] = seen.emplace(jobs, one.row);
      if (is_new) continue;
      faults_.add(one.row->origin,
                  cat("rows '", known->second->name, "' and '", one.row->name,
                      "' resolve to the same values in edition '", edition_.name, "'"),
                  "remove one of them, or write the values in which they differ");
    }
  }

  void check_shapes() {
    for (const ShapeCheck& check : shape_checks_) {
      const Job& job = plan_.jobs[check.job];
      const std::string problem =
          job.training ? shapes_.difference(plan_.jobs[*job.training].config, job.config)
                       : shapes_.misfit(job.config, job.weights);
      if (problem.empty()) continue;
      faults_.add(check.row->origin, cat("row '", check.row->name, "': ", problem),
                  job.training ? "values that change the model belong to 'train'" : "");
    }
  }

  void put_trainings_first() {
    std::vector<size_t> order(plan_.jobs.size()), place(plan_.jobs.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_partition(order, [&](size_t i) { return plan_.jobs[i].trains; });
    std::vector<Job> jobs;
    for (size_t i = 0; i < order.size(); ++i) {
      place[order[i]] = i;
      jobs.push_back(std::move(plan_.jobs[order[i]]));
    }
    for (Job& job : jobs) {
      if (job.training) job.training = place[*job.training];
    }
    for (RowPlan& row : plan_.rows) {
      for (RowRun& run : row.runs) run.evaluation = place[run.evaluation];
    }
    plan_.jobs = std::move(jobs);
  }
};

}  // namespace

const RowPlan* TablePlan::row(const std::string& name) const {
  const auto found =
      std::ranges::find_if(rows, [&](const RowPlan& planned) { return planned.row->name == name; });
  return found == rows.end() ? nullptr : &*found;
}

std::vector<std::string> TablePlan::data_names() const {
  std::vector<std::string> names;
  for (const TableData& one : edition->data) {
    if (!one.name.empty()) names.push_back(one.name);
  }
  return names;
}

bool TablePlan::measures_cost() const {
  return std::ranges::any_of(table->columns, [](const std::string& column) {
    return column.find("speed.") != column.npos || column.find("memory.") != column.npos;
  });
}

TablePlan plan_table(const TableFile& table, const Edition& edition, const PlanOptions& options,
                     Faults& faults) {
  return Planner(table, edition, options, faults).plan();
}

}  // namespace clipwork::table
