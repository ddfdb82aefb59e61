#include "table/table_file.h"

#include <clipwork/error.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/host/toml_file.h>
#include <clipwork/parameters.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "table/table_columns.h"

namespace clipwork::table {
namespace fs = std::filesystem;
namespace {

using Columns = std::vector<std::pair<std::string, double>>;
using Texts = std::vector<std::string>;

struct TopKeys {
  std::string title, source, paper, reference;
  Texts columns, notes;
  void describe(Describer& d) {
    d("title", title, "title of the table").required();
    d("source", source, "where the paper's values stand");
    d("paper", paper, "short name of the paper");
    d("columns", columns, "measures of metrics.json, in their order").required();
    d("reference", reference, "the row that differences are to");
    d("notes", notes, "remarks below the table");
  }
};

struct EditionKeys {
  std::string base, start, weights;
  enum class Expect { nothing, direction } expect = Expect::nothing;
  Texts set;
  std::vector<int64_t> seeds;
  int64_t budget_mb = 0;
  Columns tolerance;
  void describe(Describer& d) {
    d("base", base, "config of all rows");
    d("start", start, "weights that trainings begin with");
    d("weights", weights, "weights to evaluate, if nothing is to be trained");
    d("set", set, "values of every row");
    d("seeds", seeds, "seeds of the trainings").range(0);
    d("tolerance", tolerance, "largest difference from the paper's value, by column").range(0);
    d("budget_mb", budget_mb, "memory that the longest video may take").range(1).unit("megabytes");
    d("expect", expect, {{"nothing", Expect::nothing}, {"direction", Expect::direction}},
      "what must hold of the differences to the reference");
  }
};

struct DataKeys {
  std::string name;
  Texts set;
  void describe(Describer& d) {
    d("name", name, "name of the data").required();
    d("set", set, "values that select it").required();
  }
};

struct RowKeys {
  std::string name, group, missing, overlay, weights;
  bool ours = true;
  Texts train, eval;
  Columns paper;
  void describe(Describer& d) {
    d("name", name, "name of the row").required();
    d("group", group, "heading above the row");
    d("ours", ours, "false: shown, never run");
    d("missing", missing, "why the row cannot run");
    d("overlay", overlay, "file that is laid over the base");
    d("weights", weights, "row whose training this one shares");
    d("train", train, "values of training and inference");
    d("eval", eval, "values of inference alone");
    d("paper", paper, "the paper's values, by column");
  }
};

struct RowEditionKeys {
  std::string base, start, weights_file, overlay, missing;
  Texts train, eval;
  void describe(Describer& d) {
    d("base", base, "config of this row");
    d("start", start, "weights that its training begins with");
    d("weights_file", weights_file, "weights to evaluate, without a training");
    d("overlay", overlay, "file that is laid over the base");
    d("missing", missing, "why the row cannot run");
    d("train", train, "values of training and inference");
    d("eval", eval, "values of inference alone");
  }
};

struct PlotKeys {
  std::string x, y, lines = "group";
  void describe(Describer& d) {
    d("x", x, "value of the config").required();
    d("y", y, "column").required();
    d("lines", lines, "value of the config that tells lines apart, or \"group\"");
  }
};

/// The text of a key, with its place; none where it is missing or has another type.
Value text_of(const Value& table, const char* key) {
  const Value::Member* member = table.member(key);
  return member && member->value.text() ? member->value : Value();
}

class Reader {
 public:
  Reader(const Value& root, TableFile& table, Faults& faults)
      : root_(root), table_(table), faults_(faults) {}

  void read() {
    const auto top = read_parameters<TopKeys>(&root_, "", faults_, {"edition", "row", "plot"});
    table_.title = top.title;
    table_.source = top.source;
    table_.paper = top.paper;
    table_.columns = top.columns;
    table_.reference = top.reference;
    table_.notes = top.notes;
    read_editions();
    check_columns();
    read_rows();
    read_plot();
    check_rows();
  }

 private:
  const Value& root_;
  TableFile& table_;
  Faults& faults_;

  Settings settings(const Value& table, const char* key) {
    Settings found;
    const Value::Member* list = table.member(key);
    if (!list || !list->value.array()) return found;
    for (const Value& one : *list->value.array()) {
      if (!one.text()) continue;
      const size_t equals = one.text()->find('=');
      if (equals == 0 || equals == std::string::npos || equals + 1 == one.text()->size()) {
        faults_.add(one.origin(), cat(key, ": '", *one.text(), "' is not KEY=VALUE"),
                    "write it as \"model.decoder.queries=50\"");
        continue;
      }
      found.emplace_back(*one.text(), one.origin().text());
    }
    return found;
  }

  /// Values by column; those of columns that the table does not have are faults.
  Numbers numbers(const Value& table, const char* key, const Columns& values) {
    Numbers found;
    const Value::Member* given = table.member(key);
    for (const auto& [column, value] : values) {
      if (std::ranges::find(table_.columns, column) == table_.columns.end()) {
        faults_.add(given->value.member(column)->origin,
                    cat(key, ": the table has no column '", column, "'"),
                    did_you_mean_or(column, table_.columns, "columns: " + join(table_.columns)));
        continue;
      }
      found.emplace(column, value);
    }
    return found;
  }

  void read_editions() {
    const Value::Member* editions = root_.member("edition");
    if (!editions || !editions->value.is_table()) return;
    for (const Value::Member& member : *editions->value.table_members()) {
      if (std::ranges::find(kEditions, member.key) == kEditions.end()) {
        faults_.add(member.origin, cat("there is no edition '", member.key, "'"),
                    did_you_mean_or(member.key, {kEditions.begin(), kEditions.end()},
                                    "use edition.paper or edition.synthetic"));
      } else if (member.value.is_table()) {
        table_.editions.push_back(edition(member));
      } else {
        faults_.add(member.origin, cat("edition.", member.key, ": expected a table"));
      }
    }
  }

  Edition edition(const Value::Member& member) {
    const Value& table = member.value;
    const std::string where = cat("edition.", member.key);
    const auto keys = read_parameters<EditionKeys>(&table, where, faults_, {"data"});
    Edition edition;
    edition.name = member.key;
    edition.origin = member.origin;
    edition.base = text_of(table, "base");
    edition.start = text_of(table, "start");
    edition.weights = text_of(table, "weights");
    edition.set = settings(table, "set");
    edition.seeds = keys.seeds;
    edition.budget_mb = keys.budget_mb;
    edition.data = data_of(table, where);
    edition.tolerance = numbers(table, "tolerance", keys.tolerance);
    edition.expects_direction = keys.expect == EditionKeys::Expect::direction;
    if (!edition.start.is_none() && !edition.weights.is_none()) {
      faults_.add(edition.weights.origin(),
                  cat(where,
                      " has 'start', with which trainings begin, and 'weights', with which "
                      "nothing is trained"),
                  "keep one of them, and give single rows 'start' or 'weights_file'");
    }
    const std::set<int64_t> different(keys.seeds.begin(), keys.seeds.end());
    if (different.size() < keys.seeds.size()) {
      faults_.add(table.find("seeds")->origin(), cat(where, ".seeds: a seed is given twice"));
    }
    return edition;
  }

  std::vector<TableData> data_of(const Value& edition, const std::string& where) {
    const Value::Member* list = edition.member("data");
    std::vector<TableData> data;
    if (!list) return {TableData()};
    if (!list->value.array() || list->value.array()->empty()) {
      faults_.add(list->origin, cat(where, ".data: expected a list of tables"),
                  "write data = [{ name = \"fold 1\", set = [...] }]");
      return {TableData()};
    }
    for (const Value& one : *list->value.array()) {
      const auto keys = read_parameters<DataKeys>(&one, where + ".data", faults_);
      const bool again = std::ranges::any_of(
          data, [&](const TableData& known) { return known.name == keys.name; });
      if (again) {
        faults_.add(one.origin(), cat(where, ".data: '", keys.name, "' is given twice"));
      }
      data.push_back({keys.name, settings(one, "set")});
    }
    return data;
  }

  /// A column must be one of the measures, at least in one edition, whose data may be before it.
  void check_columns() {
    const Value::Member* list = root_.member("columns");
    if (!list || !list->value.array()) return;
    Texts data;
    for (const Edition& edition : table_.editions) {
      for (const TableData& one : edition.data) data.push_back(one.name);
    }
    std::set<std::string> known;
    check_budgets(*list, data);
    for (const Value& column : *list->value.array()) {
      if (!column.text()) continue;
      const std::string measure = split_column(*column.text(), data).measure;
      if (!find_column(measure)) {
        faults_.add(
            column.origin(), cat("columns: there is no measure '", measure, "'"),
            did_you_mean_or(measure, column_names(),
                            "available: AP and the other numbers of metrics.json, frames.AP, "
                            "boxes.AP, tracking.HOTA, speed.fps, train.minutes, ..."));
      }
      if (!known.insert(*column.text()).second) {
        faults_.add(column.origin(), cat("columns: '", *column.text(), "' is given twice"));
      }
    }
  }

  void check_budgets(const Value::Member& list, const Texts& data) {
    const bool needed = std::ranges::any_of(table_.columns, [&](const std::string& column) {
      const ColumnKind* kind = find_column(split_column(column, data).measure);
      return kind && kind->option == kLongestVideoOption;
    });
    for (const Edition& edition : table_.editions) {
      if (!needed || edition.budget_mb > 0) continue;
      faults_.add(list.origin,
                  cat("edition.", edition.name,
                      " does not say how much memory the longest video "
                      "may take"),
                  cat("write budget_mb = 12000 below [edition.", edition.name, "]"));
    }
  }

  void read_rows() {
    const Value::Member* rows = root_.member("row");
    if (!rows || !rows->value.array() || rows->value.array()->empty()) {
      faults_.add(rows ? rows->origin : root_.origin(), "the table has no rows",
                  "write [[row]] with a name for each");
      return;
    }
    for (const Value& table : *rows->value.array()) {
      if (table.is_table()) {
        read_row(table);
      } else {
        faults_.add(table.origin(), cat("row: expected a table, found ", table.kind_name()));
      }
    }
  }

  void read_row(const Value& table) {
    const auto keys = read_parameters<RowKeys>(
        &table, "row", faults_, {"grid", "claim", "paper_edition", "synthetic_edition"});
    Row row;
    row.name = keys.name;
    row.group = keys.group;
    row.origin = table.origin();
    if (const Value::Member* name = table.member("name")) row.origin = name->value.origin();
    row.ours = keys.ours;
    row.missing = keys.missing;
    row.overlay = text_of(table, "overlay");
    row.weights = text_of(table, "weights");
    row.train = settings(table, "train");
    row.eval = settings(table, "eval");
    row.paper = numbers(table, "paper", keys.paper);
    row.claim = claim_of(table);
    for (const char* edition : kEditions) {
      if (const Value::Member* own = table.member(cat(edition, "_edition"))) {
        row.editions.emplace(edition, row_edition(*own, row));
      }
    }
    if (!row.weights.is_none() && !row.train.empty()) {
      faults_.add(table.member("train")->origin,
                  cat("row '", row.name,
                      "' has values of its own "
                      "for training, but shares the training of '",
                      *row.weights.text(), "'"),
                  "write them as 'eval', or remove 'weights'");
    }
    add_grid(table, row);
  }

  Numbers claim_of(const Value& table) {
    const Value::Member* claim = table.member("claim");
    if (!claim) return {};
    if (!claim->value.is_table()) {
      faults_.add(claim->origin,
                  cat("row.claim: expected a table, found ", claim->value.kind_name()));
      return {};
    }
    constexpr double kSomehow = std::numeric_limits<double>::infinity();
    Columns values;
    for (const Value::Member& member : *claim->value.table_members()) {
      const Value& value = member.value;
      const std::string word = value.text() ? *value.text() : "";
      if (value.integer()) values.emplace_back(member.key, static_cast<double>(*value.integer()));
      if (value.real()) values.emplace_back(member.key, *value.real());
      if (word == "above") values.emplace_back(member.key, kSomehow);
      if (word == "below") values.emplace_back(member.key, -kSomehow);
      if (value.integer() || value.real() || word == "above" || word == "below") continue;
      faults_.add(value.origin(),
                  cat("row.claim.", member.key,
                      ": expected a difference, \"above\" or \"below\", found ", value.toml()));
    }
    return numbers(table, "claim", values);
  }

  RowEdition row_edition(const Value::Member& member, const Row& row) {
    const Value& table = member.value;
    read_parameters<RowEditionKeys>(&table, "row." + member.key, faults_);
    RowEdition own;
    if (!table.is_table()) {
      faults_.add(member.origin, cat("row.", member.key, ": expected a table"));
      return own;
    }
    own.base = text_of(table, "base");
    own.start = text_of(table, "start");
    own.weights_file = text_of(table, "weights_file");
    own.overlay = text_of(table, "overlay");
    own.train = settings(table, "train");
    own.eval = settings(table, "eval");
    if (const Value missing = text_of(table, "missing"); missing.text()) {
      own.missing = *missing.text();
    }
    if (!own.start.is_none() && !own.weights_file.is_none()) {
      faults_.add(own.weights_file.origin(),
                  cat("row '", row.name,
                      "' has 'start', with which a training begins, and "
                      "'weights_file', with which there is none"),
                  "keep one of them");
    }
    for (const char* key : {"start", "weights_file", "train"}) {
      if (row.weights.is_none() || !table.member(key)) continue;
      faults_.add(table.member(key)->origin,
                  cat("row '", row.name, "' shares the training of '", *row.weights.text(),
                      "', so it cannot have '", key, "'"),
                  "remove one of them");
    }
    return own;
  }

  /// Adds a row for each combination of the grid's values, the last key changing first.
  void add_grid(const Value& table, const Row& row) {
    const Value::Member* grid = table.member("grid");
    if (!grid) {
      table_.rows.push_back(row);
      return;
    }
    if (!grid->value.is_table() || grid->value.table_members()->empty()) {
      faults_.add(grid->origin, "row.grid: expected a table of lists",
                  "write grid = { \"window.stride\" = [1, 2] }");
      return;
    }
    if (!row.paper.empty()) {
      faults_.add(table.member("paper")->origin,
                  cat("row '", row.name,
                      "' is a grid, so it cannot have the paper's values of one "
                      "row"),
                  "write a row for each");
    }
    std::vector<Row> made = {row};
    for (const Value::Member& axis : *grid->value.table_members()) {
      const std::string place = cat("{", axis.key, "}");
      if (!axis.value.array() || axis.value.array()->empty()) {
        faults_.add(axis.origin, cat("row.grid: expected a list of values of '", axis.key, "'"));
        return;
      }
      if (row.name.find(place) == std::string::npos) {
        faults_.add(axis.origin, cat("the name '", row.name, "' does not have ", place),
                    "the names of a grid's rows must contain their values");
        return;
      }
      std::vector<Row> next;
      for (const Row& one : made) {
        for (const Value& value : *axis.value.array()) {
          Row more = one;
          const std::string shown = value.text() ? *value.text() : value.toml();
          more.name.replace(more.name.find(place), place.size(), shown);
          more.grid.emplace_back(cat(axis.key, "=", value.toml()), value.origin().text());
          next.push_back(std::move(more));
        }
      }
      made = std::move(next);
    }
    table_.rows.insert(table_.rows.end(), made.begin(), made.end());
  }

  void read_plot() {
    const Value::Member* plot = root_.member("plot");
    if (!plot) return;
    const auto keys = read_parameters<PlotKeys>(&plot->value, "plot", faults_);
    table_.plot = Plot{keys.x, keys.y, keys.lines};
    if (std::ranges::find(table_.columns, keys.y) == table_.columns.end()) {
      faults_.add(plot->origin, cat("plot.y: the table has no column '", keys.y, "'"),
                  did_you_mean_or(keys.y, table_.columns, "columns: " + join(table_.columns)));
    }
  }

  Texts row_names() const {
    Texts names;
    for (const Row& row : table_.rows) names.push_back(row.name);
    return names;
  }

  void check_rows() {
    std::set<std::string> names;
    for (const Row& row : table_.rows) {
      if (!names.insert(row.name).second) {
        faults_.add(row.origin, cat("two rows are called '", row.name, "'"),
                    "names of rows must be unique");
      }
    }
    if (!table_.reference.empty() && !table_.row(table_.reference)) {
      faults_.add(root_.find("reference")->origin(),
                  cat("reference: there is no row '", table_.reference, "'"),
                  did_you_mean_or(table_.reference, row_names(), "rows: " + join(row_names())));
    }
    for (const Row& row : table_.rows) {
      if (!check_weights(row)) return;
    }
  }

  /// False where there is a circle, which is reported once.
  bool check_weights(const Row& row) {
    if (row.weights.is_none()) return true;
    Texts chain = {row.name};
    for (const Row* at = &row; !at->weights.is_none();) {
      const std::string& next = *at->weights.text();
      const Row* target = table_.row(next);
      if (!target) {
        faults_.add(at->weights.origin(), cat("weights: there is no row '", next, "'"),
                    did_you_mean_or(next, row_names(), "rows: " + join(row_names())));
        return true;
      }
      if (!target->ours || !target->missing.empty()) {
        faults_.add(at->weights.origin(), cat("weights: row '", next, "' is never run"));
        return true;
      }
      const bool circle = std::ranges::find(chain, next) != chain.end();
      chain.push_back(next);
      if (circle) {
        faults_.add(row.weights.origin(),
                    cat("rows share weights in a circle: ", join(chain, " -> ")),
                    "one of them must have a training of its own");
        return false;
      }
      at = target;
    }
    return true;
  }
};

}  // namespace

const RowEdition& Row::in(const std::string& edition) const {
  static const RowEdition kNone;
  const auto found = editions.find(edition);
  return found == editions.end() ? kNone : found->second;
}

const Row* TableFile::row(const std::string& name) const {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == rows.end() ? nullptr : &*found;
}

const Edition* TableFile::edition(const std::string& name) const {
  const auto found = std::ranges::find(editions, name, &Edition::name);
  return found == editions.end() ? nullptr : &*found;
}

TableFile read_table_file(const std::string& name) {
  constexpr std::string_view kInstalled = "clipwork:";
  Faults faults;
  TableFile table;
  table.name = name;
  table.file = name.starts_with(kInstalled) ? installed_configs() / name.substr(kInstalled.size())
                                            : fs::path(name);
  const std::optional<Value> root = read_toml_file(table.file, faults);
  if (root) Reader(*root, table, faults).read();
  faults.raise();
  return table;
}

}  // namespace clipwork::table
