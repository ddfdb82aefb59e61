#pragma once
// The names of jobs' folders: hashes of everything that their outcomes depend on.

#include <map>
#include <string>
#include <vector>

#include "table/table_plan.h"

namespace clipwork::table {

/// The hash of each job of a plan, 16 hexadecimal digits: over its values, the weights that it
/// begins with, its data, the plugins of its components, and the program's version. Reads the
/// weights and opens the data. Throws InputError where they are not there.
std::vector<std::string> job_hashes(const TablePlan& plan);

}  // namespace clipwork::table
