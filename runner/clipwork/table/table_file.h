#pragma once
// Table files: the rows of a paper's table, each a change of a config, with the paper's values.
// docs/tables.md has their form.

#include <clipwork/host/config.h>
#include <clipwork/value.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::table {

/// Changes of a config, as --set has them; `Override::option` is the place in the table file.
using Settings = std::vector<Override>;
/// Values by column.
using Numbers = std::map<std::string, double>;

/// The ways to run a table: as the paper does, and on generated videos.
inline constexpr std::array<const char*, 2> kEditions = {"paper", "synthetic"};

/// The differences of a row in one edition. A `Value` that is not given is none.
struct RowEdition {
  Value base, start, weights_file, overlay;
  Settings train, eval;
  std::string missing;
};

struct Row {
  std::string name, group;
  Origin origin;
  bool ours = true;
  std::string missing;  ///< why the row cannot run; empty: it can
  Value overlay;        ///< a file that is laid over the base
  Value weights;        ///< the name of the row whose training this one shares
  Settings train;       ///< values of training and inference
  Settings eval;        ///< values of inference alone
  Settings grid;        ///< likewise: the combination that a grid made this row of
  Numbers paper;
  /// By column, the paper's difference to the reference where it states no values: a number, or
  /// infinity and its negative for "above" and "below".
  Numbers claim;
  std::map<std::string, RowEdition> editions;

  const RowEdition& in(const std::string& edition) const;
};

/// Data that an edition trains and evaluates on; a value is the mean over all of an edition.
struct TableData {
  std::string name;  ///< columns "NAME.AP" are measured on this data alone
  Settings set;
};

struct Edition {
  std::string name;
  Origin origin;
  Value base;
  Value start;    ///< weights that trainings begin with
  Value weights;  ///< weights to evaluate; nothing is trained
  Settings set;
  std::vector<int64_t> seeds;
  std::vector<TableData> data;  ///< at least one
  Numbers tolerance;            ///< the largest difference from the paper's value, by column
  bool expects_direction = false;
  int64_t budget_mb = 0;  ///< of memory.longest_video
};

/// A chart of the rows.
struct Plot {
  std::string x;      ///< a path of the config
  std::string y;      ///< a column
  std::string lines;  ///< a path of the config, or "group": a line for each of the rows' groups
};

struct TableFile {
  std::string name;  ///< as it was typed
  std::filesystem::path file;
  std::string title, source, paper;
  std::vector<std::string> columns, notes;
  std::string reference;  ///< the row that differences are to; empty: there are none
  std::vector<Row> rows;  ///< grids as one row for each combination
  std::vector<Edition> editions;
  std::optional<Plot> plot;

  /// Null where there is none of that name.
  const Row* row(const std::string& name) const;
  const Edition* edition(const std::string& name) const;
};

/// Reads a table file, a path or "clipwork:NAME" for one that is installed with the configs. Throws
/// InputError that lists all its faults: unknown keys, columns and rows, names that come twice, and
/// rows that share weights in a circle.
TableFile read_table_file(const std::string& name);

}  // namespace clipwork::table
