#pragma once

#include <clipwork/runs/dataset_run.h>

#include "cli/options.h"

namespace clipwork::cli {

/// Prints the tables of a run over a data set, and a line of what became of it.
void print(const runs::DatasetRunReport& report);

/// Runs, ends well at the first Ctrl-C, prints, and writes the numbers to the file `json` where
/// there are any. Returns the program's exit code.
ExitCode run_and_print(const runs::DatasetRunRequest& request, const Config& config,
                       const std::optional<std::string>& json = {});

}  // namespace clipwork::cli
