#pragma once
// The time that a table's jobs will take on this machine, by trial.

#include <optional>
#include <vector>

#include "table/table_plan.h"

namespace clipwork::table {

/// Seconds of each job: of a training by one step with one batch, of an evaluation by a few frames
/// with weights by rule. None where data or weights are not there.
std::vector<std::optional<double>> estimate_jobs(const TablePlan& plan);

}  // namespace clipwork::table
