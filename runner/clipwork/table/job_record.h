#pragma once
// The records that jobs leave in their folders.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "table/table_columns.h"
#include "table/table_plan.h"

namespace clipwork::table {

/// True if the run in the folder says that it is complete.
bool is_complete(const std::filesystem::path& folder);

/// The options of `clipwork eval` whose measures are there: "--frames", "--tracking", ...
std::vector<std::string> measured_options(const std::filesystem::path& folder);

/// The value of a column, as it is shown; none where it was not measured.
std::optional<double> measured(const std::filesystem::path& folder, const ColumnKind& column);

/// Seconds that a finished job computed, of all its starts: of a training by the mean of its logged
/// steps, of an evaluation over its videos.
double seconds_of(const Job& job, const std::filesystem::path& folder);

/// Writes job.json of a job that this machine has finished.
void write_record(const Job& job, const std::filesystem::path& folder);
/// The processor that finished the job; empty where that is not known.
std::string machine_of(const std::filesystem::path& folder);

}  // namespace clipwork::table
