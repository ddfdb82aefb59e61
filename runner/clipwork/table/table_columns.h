#pragma once
// The columns of tables: measures of an evaluation or a training, by name.

#include <string>
#include <string_view>
#include <vector>

namespace clipwork::table {

/// The record that a column's values come from.
enum class ColumnSource { evaluation, training };

/// The option of `clipwork eval` that needs a budget of memory.
inline constexpr const char* kLongestVideoOption = "--longest-video";

/// A measure that tables may have as a column.
struct ColumnKind {
  ColumnSource source = ColumnSource::evaluation;
  std::vector<std::string> path = {};  ///< keys of metrics.json that lead to the number
  double scale = 1;                    ///< of its value there; 100 for fractions
  int digits = 1;                      ///< after the point, where it is shown
  std::string option = {};             ///< of `clipwork eval`, without which it is not measured
};

/// The kind of a column without the name of its data ("AP", "frames.AP", "train.minutes"); null
/// where there is none.
const ColumnKind* find_column(const std::string& name);

/// The names of all columns.
const std::vector<std::string>& column_names();

/// A column with the name of one of an edition's data sets before it: "fold 1.AP".
struct DataColumn {
  std::string data;  ///< empty: the mean over all data
  std::string measure;
};
DataColumn split_column(const std::string& column, const std::vector<std::string>& data);

}  // namespace clipwork::table
